"""From flags to a prepared data set, and what is said of it."""

from aspn_tf import stopping
from aspn_tf.errors import (
    InputError,
    Stopped,
    refuse_absent,
    refuse_below_one,
)
from aspn_tf.pictures import backbone as backbones
from aspn_tf.pictures import preparing

SHOWN = 10  # files that were skipped
LARGEST = 4096  # pixels of a side


def make(backbone, weights, image_size, unseen, **values):
    """Writes a data set of pictures and says how to train on it.

    Args:
      backbone: see `aspn_tf.pictures.backbone.named`.
      weights: the same.
      image_size: "HEIGHT,WIDTH", or "" for the network's own.
      unseen: names with commas between them.
      **values: the other arguments of `preparing.prepare`.

    Raises:
      InputError: a value or a file cannot be used.
      OSError: the disk is full, or fails.
      Stopped: a signal has come.
    """
    stopping.listen()
    _check(values)
    try:
        made = preparing.prepare(
            backbone=backbones.named(backbone, weights, _size(image_size)),
            unseen=[name.strip() for name in unseen.split(",") if name.strip()],
            **values,
        )
    except Stopped as stopped:
        way = f"the same command goes on in {values['output']}"
        raise Stopped(stopped.signal, way) from stopped
    for sentence in made.skipped[:SHOWN]:
        print(f"skipped: {sentence}")
    if len(made.skipped) > SHOWN:
        print(f"skipped: and {len(made.skipped) - SHOWN} more")
    print(
        f"{made.pictures} pictures, {len(made.skipped)} files skipped; "
        f"{len(made.seen)} seen classes, {len(made.unseen)} unseen, of which "
        f"{len(made.measured)} have pictures to measure on"
    )
    print(
        "train: python -m aspn_tf.main --dataset=xlsa17 "
        f"--manual_dir={made.directory.parent} --name={made.directory.name}"
    )


def _size(text):
    """(height, width) of "HEIGHT,WIDTH"; None of nothing."""
    if not text:
        return None
    try:
        height, width = map(int, text.split(","))
    except ValueError:
        height = width = 0
    if not (0 < height <= LARGEST and 0 < width <= LARGEST):
        raise InputError(
            f"`--image_size` must be HEIGHT,WIDTH, each 1 to {LARGEST}. "
            f"Received: {text}"
        )
    return height, width


def _check(values):
    refuse_absent(**{n: values[n] for n in ("images", "classes", "output")})
    if not 0.0 < values["test_share"] < 1.0:
        raise InputError(
            "`--test_share` must be between 0 and 1. Received: "
            f"{values['test_share']}"
        )
    refuse_below_one(batch_size=values["batch_size"])
