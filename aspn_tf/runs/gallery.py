"""The pictures and embeddings that a run leaves (Fig. 3c, d and more)."""

import numpy as np
import tensorflow as tf

from aspn_tf.runs import charts, figures
from aspn_tf.runs.directory import write_bytes

EXAMPLES = 3
PROJECTED = 2000


def show(directory, monitor, method, benchmark, measured):
    """Writes PNG files and the same pictures to TensorBoard.

    Args:
      directory: the run directory, a path.
      monitor: the run's `aspn_tf.runs.monitor.Monitor`.
      method: a trained `Method`.
      benchmark: the `Benchmark` it was measured on.
      measured: the calibrated `Report`.

    Returns:
      A dict of name to PNG bytes.
    """
    names = np.asarray(benchmark.class_names)
    unseen = names[benchmark.unseen]
    confusions = {
        "confusion_unseen": (
            measured.confusion_unseen,
            list(unseen),
            f"T {measured.T:.1f}: unseen classes among themselves",
        ),
        "confusion_all": (
            measured.confusion_all,
            list(names),
            f"H {measured.H:.1f}: all classes",
        ),
    }
    drawn = {
        **{
            name: figures.confusion(counts, *told)
            for name, (counts, *told) in confusions.items()
            if counts is not None
        },
        "per_class": figures.per_class(
            measured.u_per_class | measured.s_per_class,
            list(unseen),
            f"u {measured.u:.1f}, s {measured.s:.1f}: generalized, by class",
        ),
        "seen_unseen_curve": charts.seen_unseen_curve(
            measured.curve, measured.ausuc, (measured.u, measured.s)
        ),
    }
    generate = method.abilities().get("prototypes")
    if generate:
        prototypes = generate(tf.constant(benchmark.semantics)).numpy()
        if benchmark.image_shape:
            tested = np.unique(benchmark.test_unseen.labels)
            drawn["prototypes_unseen"] = figures.image_prototypes(
                prototypes[tested],
                _examples(benchmark, tested),
                list(names[tested]),
                benchmark.image_shape,
            )
        _project(monitor, benchmark, prototypes)
    pictures = {name: figures.png(figure) for name, figure in drawn.items()}
    for name, picture in pictures.items():
        write_bytes(directory / f"{name}.png", picture)
        monitor.figure(f"picture/{name}", picture)
    return pictures


def _examples(benchmark, classes):
    """The first real test examples (m, d) of some unseen classes."""
    split = benchmark.test_unseen
    return [
        split.features[split.labels == label][:EXAMPLES] for label in classes
    ]


def _project(monitor, benchmark, prototypes):
    """Prototypes and an even sample of test features, for the projector."""
    test = [benchmark.test_seen, benchmark.test_unseen]
    labels = np.concatenate([split.labels for split in test])
    unseen = set(benchmark.unseen)
    rows = np.unique(
        np.linspace(0, len(labels) - 1, PROJECTED).round().astype(int)
    )
    first = len(test[0].labels)  # of the rows of the second split
    features = [
        split.features[own]
        for split, own in zip(
            test, (rows[rows < first], rows[rows >= first] - first), strict=True
        )
    ]
    labels = np.concatenate([labels[rows], np.arange(len(prototypes))])
    kinds = ["test feature"] * len(rows) + ["prototype"] * len(prototypes)
    monitor.projector(
        "features and prototypes",
        np.concatenate([*features, prototypes]),
        {
            "class": [benchmark.class_names[label] for label in labels],
            "kind": kinds,
            "task": [
                "unseen" if label in unseen else "seen" for label in labels
            ],
        },
    )
