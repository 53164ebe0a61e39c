"""From folders of pictures and a file about classes to a data set.

What results are the files of `aspn_tf.datasets.xlsa17`, and beside them
card.json: the backbone and the encoder that made them, the descriptions, and
some pictures of each class.
"""

import dataclasses
import pathlib

import numpy as np

from aspn_tf.datasets.xlsa17 import write
from aspn_tf.errors import InputError
from aspn_tf.pictures import backbone as backbones
from aspn_tf.pictures import classes as told
from aspn_tf.pictures import extract, folders, words

CACHE = ".features"
TEST_SHARE = 0.2
EXAMPLES = 3  # of a class, in the card
LISTED = 5


@dataclasses.dataclass(frozen=True)
class Prepared:
    """What was made.

    Attributes:
      directory: where.
      pictures: how many have features.
      skipped: a sentence for every file that has none.
      seen: names of the classes to train on.
      unseen: names of the others.
      measured: names of the unseen classes that have pictures.
    """

    directory: pathlib.Path
    pictures: int
    skipped: tuple
    seen: tuple
    unseen: tuple
    measured: tuple


def prepare(
    images,
    classes,
    output,
    *,
    backbone=backbones.DEFAULT,
    encoder=words.DEFAULT,
    unseen=(),
    strict=False,
    test_share=TEST_SHARE,
    batch_size=32,
    seed=0,
):
    """Makes a data set of pictures and of what is told of their classes.

    Classes that are told of but have no pictures are unseen; so are those
    named, here or in the file, whose pictures are held out to measure on. Of
    every other class a share of the pictures is held out too.

    Args:
      images: directory with a folder of pictures for each class.
      classes: CSV file, see `aspn_tf.pictures.classes.read`.
      output: directory to write, DIR/NAME. Features are kept in it, so that
        the same command goes on where it was stopped.
      backbone: a name for `aspn_tf.pictures.backbone.named`, or a `Backbone`.
      encoder: a name for `aspn_tf.pictures.words.named`, an `Encoder`, or any
        callable from a list of texts to an array (n, q). Only asked where
        words describe the classes.
      unseen: names of classes whose pictures are held out.
      strict: whether a file that is no whole picture is refused, not skipped.
      test_share: of the pictures of a seen class, held out to test on.
      batch_size: pictures at a time.
      seed: of which pictures are held out.

    Returns:
      A `Prepared`.

    Raises:
      InputError: something cannot be used; what was there before is left.
    """
    output = pathlib.Path(output)
    about = told.read(classes)
    files = folders.found(images)
    _refuse_untold(files, about)
    held_out = dict.fromkeys([*unseen, *about.unseen])
    _refuse_unknown(held_out, about, files)
    seen = tuple(n for n in about.names if n in files and n not in held_out)
    if isinstance(backbone, str):
        backbone = backbones.named(backbone)
    semantics, encoder = _semantics(about, encoder)
    names = [name for name in files for _ in files[name]]
    paths = [path for own in files.values() for path in own]
    features, places, problems = extract.kept(
        paths, backbone, output / CACHE, batch_size
    )
    skipped = tuple(problems[place] for place in sorted(problems))
    if strict and skipped:
        raise InputError(f"{skipped[0]}; {len(skipped)} such files in all")
    number = {name: k for k, name in enumerate(about.names)}
    labels = np.array([number[names[place]] for place in places], np.int64)
    rows = _divide(labels, [number[name] for name in seen], test_share, seed)
    kept = [paths[place] for place in places]
    _refuse_few(rows["trainval"], labels, seen, about, skipped)
    measured = np.unique(labels[rows["test_unseen"]])
    content = {
        "pictures": backbone.card(),
        "words": encoder and encoder.card(),
        "joint": bool(encoder) and encoder.name == backbone.name,
        "descriptions": dict(zip(about.names, about.descriptions)),
        "images": str(pathlib.Path(images).absolute()),
        "examples": _examples(kept, labels, rows, about.names, images),
    }
    write.write(
        output,
        features=features,
        labels=labels,
        semantics=semantics,
        class_names=about.names,
        attribute_names=about.attributes or None,
        without_images=np.setdiff1d(np.arange(len(about.names)), labels),
        card=content,
        **rows,
    )
    return Prepared(
        output,
        len(places),
        skipped,
        seen,
        tuple(name for name in about.names if name not in seen),
        tuple(about.names[label] for label in measured),
    )


def _semantics(about, encoder):
    """Semantics (C, q) and, where words describe, the `Encoder`."""
    if about.semantics is not None:
        return about.semantics, None
    if isinstance(encoder, str):
        encoder = words.named(encoder)
    elif not isinstance(encoder, words.Encoder):
        name = getattr(encoder, "__qualname__", type(encoder).__qualname__)
        encoder = words.Encoder(f"callable {name}", "", encoder)
    return encoder.semantics(about.descriptions), encoder


def _divide(labels, seen, share, seed):
    """Rows to train on and to test on, a dict of three sorted arrays."""
    stream = np.random.default_rng(seed)
    held_out = []
    for label in seen:
        rows = stream.permutation(np.flatnonzero(labels == label))
        least = min(1, len(rows) - 1) if share else 0
        held_out.append(rows[: max(round(share * len(rows)), least)])
    test = np.sort(np.concatenate([*held_out, np.zeros(0, np.int64)]))
    is_seen = np.isin(labels, seen)
    every = np.flatnonzero(is_seen)
    return {
        "trainval": np.setdiff1d(every, test),
        "test_seen": test.astype(np.int64),
        "test_unseen": np.flatnonzero(~is_seen),
    }


def _examples(paths, labels, rows, names, images):
    """A few pictures of every class, none that was trained on if possible."""
    order = np.concatenate(
        [rows["test_unseen"], rows["test_seen"], rows["trainval"]]
    )
    examples = {}
    for row in order:
        own = examples.setdefault(names[labels[row]], [])
        if len(own) < EXAMPLES:
            own.append(str(paths[row].relative_to(images)))
    return examples


def _refuse_untold(files, about):
    untold = [name for name in files if name not in about.names]
    if untold:
        raise InputError(
            "`--classes` must describe every class that has pictures. "
            f"Received: none of {', '.join(untold[:LISTED])}"
            f"{', ...' if len(untold) > LISTED else ''}"
        )


def _refuse_unknown(held_out, about, files):
    for name in held_out:
        if name not in about.names:
            raise InputError(
                f"`--unseen` must name classes of --classes. Received: {name}"
            )
    if len(set(files) - set(held_out)) < 2:
        raise InputError(
            "There must be pictures of two classes or more to train on. "
            f"Received: {len(files)} classes with pictures, "
            f"{len(held_out)} of them held out"
        )


def _refuse_few(trainval, labels, seen, about, skipped):
    """Every seen class must have a picture that could be read."""
    there = {about.names[label] for label in np.unique(labels[trainval])}
    for name in seen:
        if name not in there:
            last = f"; {skipped[-1]}" if skipped else ""
            raise InputError(
                "Every class with a folder must have a picture to train on. "
                f"Received: none of {name}{last}"
            )
