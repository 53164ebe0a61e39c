"""Settings: the hyper-parameters of a method, from which its flags come.

A method's own `Settings` is a frozen dataclass whose fields are made by
`setting`. Its flags are `--<method>.<field>`. Modules of settings import no
TensorFlow, so that --help and mistakes in flags are answered at once.
"""

import dataclasses
import math
from typing import ClassVar

from aspn_tf.errors import InputError


def setting(
    default,
    text,
    *,
    choices=None,
    low=None,
    high=None,
    lever=None,
    group="",
    grid=False,
):
    """A field with a help text, bounds and, for the search, a range.

    Args:
      default: bool, int, float or str; its type is the flag's.
      text: what --help says.
      choices: the values it may have; None for any.
      low: the least value.
      high: the greatest value.
      lever: what `--tune` tries: a tuple of values, or (low, high) wrapped in
        `Log` for a number drawn on a logarithmic scale.
      group: heading in --help.
      grid: whether 0 stands for what is best of a grid on validation.
    """
    return dataclasses.field(
        default=default,
        metadata={
            "help": text,
            "choices": choices,
            "low": low,
            "high": high,
            "lever": lever,
            "group": group,
            "grid": grid,
        },
    )


def patience(default):
    """The field of that name of what is trained epoch by epoch."""
    return setting(
        default,
        "Epochs without a rise on validation after which the choice ends; 0: "
        "none.",
        low=0,
    )


def steps_per_epoch(default):
    """The field of that name of what is trained epoch by epoch."""
    return setting(
        default,
        "Updates an epoch (of a GAN, the generator's); 0: one pass over the "
        "data.",
        low=0,
    )


def feature_scaling():
    """The field of that name of a `ScaledEmbedding`."""
    return setting(
        "variance",
        "Of features: none, as published for those of a ResNet, or divided by "
        "the root of their mean square (ours), so that their unit counts "
        "nothing.",
        choices=("none", "variance"),
    )


def semantics_length(default, lever):
    """The field of that name of a `ScaledEmbedding`."""
    return setting(
        default,
        "Length that each class's semantics are brought to; 0: as they are. "
        "The published code reads attributes of length about 300.",
        low=0.0,
        lever=lever,
    )


@dataclasses.dataclass(frozen=True)
class Log:
    """The range of a lever that is drawn on a logarithmic scale."""

    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class Settings:
    """What the settings of every method offer.

    Attributes:
      READINGS: named sets of settings, for `--reading`: reading to dict of
        field to value. A key that is no field here is one of the run's own,
        such as `calibration`.
      VARIANTS: rows of the ablation: slug to (title, dict of field to value,
        or the name of a reading).
      OURS: those of them that only the default reading has something of.
    """

    READINGS: ClassVar[dict] = {"default": {}}
    VARIANTS: ClassVar[dict] = {}
    OURS: ClassVar[tuple] = ()

    def __post_init__(self):
        """Raises InputError where a value is out of its bounds."""
        check(self)

    def replace(self, **changes):
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    def left_to_grids(self):
        """Names of the fields that a grid on validation chooses."""
        return [
            field.name
            for field in dataclasses.fields(self)
            if field.metadata["grid"] and not getattr(self, field.name)
        ]

    def unvalidated(self):
        """These settings without what only a validation walk may choose."""
        return self


def check(values, prefix=""):
    """Checks every field of a dataclass made of `setting`s.

    Args:
      values: the instance.
      prefix: what its flags begin with, for the sentence.

    Raises:
      InputError: a value is of another type or out of its bounds.
    """
    for field in dataclasses.fields(values):
        if not field.metadata:
            continue
        value = getattr(values, field.name)
        bound = _broken_bound(field, value)
        if bound:
            raise InputError(
                f"`--{prefix}{field.name}` must be {bound}. Received: {value}"
            )


def lines(values, prefix=""):
    """A dataclass of settings as lines of a flagfile."""
    return [
        f"--{prefix}{field.name}={text(getattr(values, field.name))}"
        for field in dataclasses.fields(values)
        if field.metadata
    ]


def text(value):
    """A value as a flag spells it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _broken_bound(field, value):
    """What must hold and does not; None where all is well."""
    low, high = field.metadata["low"], field.metadata["high"]
    choices = field.metadata["choices"]
    kind = type(field.default)
    number = kind in (int, float)
    fitting = (int, float) if kind is float else kind
    if not isinstance(value, fitting) or (number and isinstance(value, bool)):
        return f"of type {kind.__name__}"
    if number and not math.isfinite(value):
        return "finite"
    if choices and value not in choices:
        return "one of " + ", ".join(str(c) or "(empty)" for c in choices)
    if low is not None and value < low:
        return f"at least {low}"
    if high is not None and value > high:
        return f"at most {high}"
    return None
