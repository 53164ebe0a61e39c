"""The server: routes, limits, and sentences for what cannot be used."""

import hmac
import pathlib
from typing import Annotated

import fastapi
import numpy as np
from fastapi import exceptions, responses, security
from fastapi.concurrency import run_in_threadpool

import aspn_tf
from aspn_tf.errors import InputError
from aspn_tf.serving.signatures import refuse_unless_finite
from aspn_tf.web import bodies
from aspn_tf.web.batching import Batcher
from aspn_tf.web.limits import Limited
from aspn_tf.web.metrics import Metrics
from aspn_tf.web.recognizer import Recognizer, answers
from aspn_tf.web.senses import Senses

PAGE = pathlib.Path(__file__).parent / "page.html"
ROWS = 1024  # of a batch
BYTES = {"schema": {"type": "string", "format": "binary"}}
PICTURE = {  # a request's body, as OpenAPI tells it
    "required": True,
    "description": "The bytes of a picture's file.",
    "content": {"image/*": BYTES, "application/octet-stream": BYTES},
}


def make(model, token="", max_rows=1024, max_bytes=16 << 20, senses=None):
    """The FastAPI application that answers with a model.

    Args:
      model: an `aspn_tf.serving.model.Model`.
      token: what `Authorization: Bearer` must carry; empty: nothing.
      max_rows: of one request.
      max_bytes: of one request's body.
      senses: the `Senses` for pictures and words; None: those that the model
        itself names.
    """
    app = fastapi.FastAPI(
        title="aspn_tf",
        version=aspn_tf.__version__,
        description="Recognises classes by examples, or by semantics alone.",
    )
    recognizer, metrics = Recognizer(model), Metrics()
    senses = senses or Senses(model)
    batcher = Batcher(recognizer.scores, ROWS, metrics.batch)
    app.add_middleware(Limited, max_bytes=max_bytes, metrics=metrics)
    app.add_exception_handler(InputError, _refuse)
    app.add_exception_handler(exceptions.RequestValidationError, _refuse)
    guarded = fastapi.APIRouter(dependencies=[fastapi.Depends(_guard(token))])

    def rows(name, values, width):
        """Float32 (n, width), checked before others share a batch with it."""
        if len(values) > max_rows:
            raise InputError(
                f"`{name}` must be at most {max_rows} rows a request. "
                f"Received: {len(values)}"
            )
        for number, row in enumerate(values):
            if len(row) != width:
                raise InputError(
                    f"`{name}` must be rows of {width} numbers. Received: "
                    f"{len(row)} in row {number}"
                )
        with np.errstate(over="ignore"):
            table = np.array(values, np.float32)
        refuse_unless_finite(name, table)
        return table

    @guarded.post("/classify")
    async def classify(question: bodies.Question) -> bodies.Answers:
        """The best classes of every example."""
        features = rows("features", question.features, model.feature_width)
        if question.classes:
            found = await run_in_threadpool(
                recognizer.scores_among, features, question.classes
            )
        else:
            found = await batcher(features)
        asked = question.top_k, question.unknown_below
        return {"answers": answers(found, *asked)}

    @guarded.post("/classify_picture", openapi_extra={"requestBody": PICTURE})
    async def classify_picture(
        request: fastapi.Request,
        asked: Annotated[bodies.Asked, fastapi.Query()],
    ) -> bodies.Answer:
        """The best classes of a picture, whose bytes are the body."""
        kind = request.headers.get("Content-Type", "")
        if kind.startswith("multipart/"):
            raise InputError(
                "The body must be the bytes of one picture, as image/* or "
                f"application/octet-stream. Received: {kind.split(';')[0]}"
            )
        features = await senses.features(await request.body())
        refuse_unless_finite("features", features)
        found = await batcher(features)
        (answer,) = answers(found, asked.top_k, asked.unknown_below)
        return answer

    @guarded.post("/describe")
    async def describe(examples: bodies.Examples) -> bodies.Descriptions:
        """The semantics that the model sees in every example."""
        features = rows("features", examples.features, model.feature_width)
        found = await run_in_threadpool(recognizer.describe, features)
        return {
            "semantics": found.tolist(),
            "attributes": model.attribute_names,
        }

    @guarded.get("/classes")
    def classes() -> bodies.Classes:
        """The classes that the model knows."""
        return {
            "classes": recognizer.classes(),
            "feature_width": model.feature_width,
            "semantics_width": model.semantics_width,
            "attributes": model.attribute_names,
            "pictures": senses.pictures,
            "words": senses.words,
        }

    @guarded.post("/classes", status_code=201)
    def add(new: bodies.NewClass) -> bodies.Classes:
        """Takes a class by numbers or words, until the server ends."""
        if (new.semantics is None) == (new.description is None):
            told = "neither" if new.semantics is None else "both"
            raise InputError(
                "A class must be told by `semantics` or by `description`. "
                f"Received: {told}"
            )
        if new.description is None:
            rows("semantics", [new.semantics], model.semantics_width)
            recognizer.add(new.name, new.semantics)
        else:  # the words are read before the model is locked
            recognizer.add(new.name, senses.semantics(new.description))
        return classes()

    @guarded.delete("/classes/{name:path}")
    def remove(name: str) -> bodies.Classes:
        """Forgets a class that was added."""
        recognizer.remove(name)
        return classes()

    @guarded.get("/metrics", response_class=responses.PlainTextResponse)
    def measured():
        """Counters and histograms, as Prometheus reads them."""
        return metrics.text()

    @app.get("/healthz")
    def healthy():
        """Whether it answers."""
        return {"status": "ok"}

    @app.get(
        "/", response_class=responses.HTMLResponse, include_in_schema=False
    )
    def page():
        return PAGE.read_text()

    app.include_router(guarded)
    return app


def _guard(token):
    """A dependency that lets through whoever carries the token."""
    bearer = security.HTTPBearer(auto_error=False)

    def guard(given=fastapi.Security(bearer)):  # noqa: B008
        carried = given.credentials if given else ""
        carried = carried.encode("latin-1")  # as headers are read
        if token and not hmac.compare_digest(carried, token.encode()):
            raise fastapi.HTTPException(
                401,
                "`Authorization` must be `Bearer` and the server's token.",
                {"WWW-Authenticate": "Bearer"},
            )

    return guard


def _refuse(_, error):
    """A sentence, with the status of what cannot be used."""
    sentence = str(error)
    if isinstance(error, exceptions.RequestValidationError):
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:]) or "the body"
        sentence = f"`{place}` cannot be used. {first['msg']}."
    return responses.JSONResponse({"detail": sentence}, 422)
