"""Flags that can be used alone but not together."""

import os
import re

from aspn_tf.errors import InputError
from aspn_tf.methods import registry
from aspn_tf.methods.settings import text


def refuse(config):
    """Checks that no flag contradicts another.

    Args:
      config: a `Config` as a user has asked for it.

    Raises:
      InputError: two flags contradict each other; both are named.
    """
    tuned, chosen, parts = config.tune > 0, config.selection, config.partitions
    uncalibrated = chosen == "last" and not config.calibration
    replicated = config.distribute != "none"
    refuse_a_grid(config)
    able = registry.METHODS[config.method]
    halves = replicated and config.precision == "mixed_float16"
    for flag, other, contradict in (
        ("export", "--seeds=1", config.export and config.seeds > 1),
        ("export", "--tune=0", config.export and tuned),
        ("tune", "--selection=validation", tuned and chosen != "validation"),
        ("tune", "--budget=0", tuned and config.budget),
        ("tune", "--partitions=0", tuned and parts),
        ("partitions", "--selection=validation", parts and chosen == "test"),
        (
            "partitions",
            "--calibration where --selection=last",
            parts and uncalibrated,
        ),
        ("distribute", _able("shared"), replicated and not able.shared),
        ("distribute", "--tune=0", replicated and tuned),
        ("distribute", "--stream=false", replicated and config.stream),
        ("distribute", "--precision=float32 or mixed_bfloat16", halves),
        ("stream", _able("streamed"), config.stream and not able.streamed),
    ):
        if contradict:
            name = re.search(r"\w+", other)[0]
            raise InputError(
                f"`--{flag}` must come with {other}. Received: "
                f"--{flag}={text(getattr(config, flag))}, "
                f"--{name}={text(getattr(config, name))}"
            )
    places = [
        os.path.realpath(place) for place in (config.export, config.run_dir)
    ]
    if config.export and config.run_dir:
        if os.path.commonpath(places) in places:
            raise InputError(
                "`--export` must be outside of --run_dir, and not hold it. "
                f"Received: --export={config.export}, "
                f"--run_dir={config.run_dir}"
            )


def refuse_a_grid(config):
    """Checks that a grid's last point is not taken for its best.

    Raises:
      InputError: `--selection=last` leaves a setting to a grid.
    """
    left = config.own.left_to_grids()
    if config.selection == "last" and left:
        raise InputError(
            "`--selection=last` must come with a method that is trained, or "
            "with fixed regularisers: the last point of a grid means nothing. "
            f"Received: --method={config.method}, whose {' and '.join(left)} "
            "a grid chooses; select on validation, or give numbers above 0."
        )


def _able(ability):
    """The methods of which the registry says that they can."""
    return f"--method of {','.join(registry.able(ability))}"
