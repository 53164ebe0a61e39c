"""What requests and answers hold, as FastAPI checks and documents them."""

from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

Vector = list[float]
TEXTS = 1024  # about a class
_TEXT = {"type": "string"}
_LIST = {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": TEXTS}
Texts = Annotated[
    list[str],
    Field(min_length=1, max_length=TEXTS),
    BeforeValidator(lambda told: [told] if isinstance(told, str) else told),
    WithJsonSchema({"anyOf": [_TEXT, _LIST]}),
]


class Body(BaseModel):
    """A request's body, of which nothing is overlooked."""

    model_config = ConfigDict(extra="forbid")


class Asked(Body):
    """What is asked about an example."""

    top_k: int = Field(5, ge=1, description="Classes an example.")
    unknown_below: float = Field(
        0.0,
        ge=0.0,
        le=1.0,
        description="A probability below which the answer is `unknown`.",
    )


class Question(Asked):
    """Examples to recognise."""

    features: list[Vector] = Field(
        min_length=1, description="A row an example, in the data's own units."
    )
    classes: dict[str, Vector] | None = Field(
        None,
        min_length=1,
        description="Classes to choose among, by their semantics, in place of "
        "the model's; for this request alone, and without probabilities.",
    )


class Ranked(BaseModel):
    """A class of an answer."""

    name: str
    score: float = Field(description="Calibrated.")
    probability: float | None = Field(
        description="Null where none was measured."
    )


class Answer(BaseModel):
    """What one example is."""

    answer: str = Field(description="The best class, or `unknown`.")
    classes: list[Ranked]


class Answers(BaseModel):
    """One for each example."""

    answers: list[Answer]


class Examples(Body):
    """Examples to describe."""

    features: list[Vector] = Field(min_length=1)


class Descriptions(BaseModel):
    """The semantics that the model sees in each example."""

    semantics: list[Vector]
    attributes: list[str]


class NewClass(Body):
    """A class by its semantics or its description, one of them."""

    name: str
    semantics: Vector | None = Field(
        None, description="Numbers, in the data's own units."
    )
    description: Texts | None = Field(
        None,
        description="Words, where the server takes them; of several texts the "
        "mean counts.",
    )


class Class(BaseModel):
    """A class that the model knows."""

    name: str
    seen: bool = Field(description="Training had examples of it.")
    added: bool = Field(description="It came after training.")


class Classes(BaseModel):
    """All of them."""

    classes: list[Class]
    feature_width: int
    semantics_width: int
    attributes: list[str]
    pictures: bool = Field(description="The server takes pictures.")
    words: bool = Field(description="It takes classes by words.")
