"""The pictures and embeddings that a run leaves (Fig. 3c, d and more)."""

import numpy as np
import tensorflow as tf

from aspn_tf import plots

EXAMPLES = 3
PROJECTED = 2000


def show(directory, monitor, method, benchmark, measured):
    """Writes PNG files and the same pictures to TensorBoard.

    Args:
      directory: the run directory, a path.
      monitor: the run's `aspn_tf.monitor.Monitor`.
      method: a fitted `Method`.
      benchmark: the `Benchmark` it was measured on.
      measured: the calibrated `Report`.
    """
    names = np.asarray(benchmark.class_names)
    unseen = names[benchmark.unseen]
    figures = {
        "confusion_unseen": plots.confusion(
            measured.confusion_unseen,
            list(unseen),
            f"T {measured.T:.1f}: unseen classes among themselves",
        ),
        "confusion_all": plots.confusion(
            measured.confusion_all,
            list(names),
            f"H {measured.H:.1f}: all classes",
        ),
        "per_class": plots.per_class(
            measured.u_per_class | measured.s_per_class,
            list(unseen),
            f"u {measured.u:.1f}, s {measured.s:.1f}: generalized, by class",
        ),
    }
    if callable(getattr(method, "prototypes", None)):
        semantics = tf.constant(benchmark.semantics)
        prototypes = method.prototypes(semantics).numpy()
        if benchmark.name == "digit_pairs":
            figures["prototypes_unseen"] = plots.digit_prototypes(
                prototypes[benchmark.unseen], _examples(benchmark), list(unseen)
            )
        _project(monitor, benchmark, prototypes)
    for name, figure in figures.items():
        picture = plots.png(figure)
        (directory / f"{name}.png").write_bytes(picture)
        monitor.figure(f"picture/{name}", picture)


def _examples(benchmark):
    """The first real test examples of every unseen class, (k, m, d)."""
    split = benchmark.test_unseen
    return np.stack(
        [
            split.features[split.labels == label][:EXAMPLES]
            for label in benchmark.unseen
        ]
    )


def _project(monitor, benchmark, prototypes):
    """Prototypes and an even sample of test features, for the projector."""
    test = [benchmark.test_seen, benchmark.test_unseen]
    features = np.concatenate([split.features for split in test])
    labels = np.concatenate([split.labels for split in test])
    rows = np.unique(
        np.linspace(0, len(labels) - 1, PROJECTED).round().astype(int)
    )
    labels = np.concatenate([labels[rows], np.arange(len(prototypes))])
    kinds = ["test feature"] * len(rows) + ["prototype"] * len(prototypes)
    monitor.projector(
        "features and prototypes",
        np.concatenate([features[rows], prototypes]),
        {
            "class": [benchmark.class_names[label] for label in labels],
            "kind": kinds,
            "task": [
                "unseen" if label in set(benchmark.unseen) else "seen"
                for label in labels
            ],
        },
    )
