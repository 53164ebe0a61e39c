"""How much of T is lost where prototypes of unseen classes are regressed.

    python benchmarks/ceiling.py --dataset=awa1 --manual_dir=DIR

Nearest prototype among the unseen classes, in the closed-form start's whitened
space, with the prototypes that are predicted from semantics, and with those
that nobody can know without test data: the means of the test examples
themselves, and the predictions moved a part of the way there. Nothing is chosen
by it.
"""

import numpy as np

from aspn_tf import command
from aspn_tf.evaluation.metrics import per_class_top1
from aspn_tf.model.losses import compatibility
from aspn_tf.runs import fitting, run

PARTS = (0.0, 0.1, 0.2, 0.5, 1.0)


def main(config):
    """Prints T for every part of the way."""
    benchmark = run.load(config)
    method = fitting.build(config.with_settings(epochs=0), benchmark)
    split, unseen = benchmark.test_unseen, benchmark.unseen
    rows = method.scaling(split.features).numpy()
    means = np.stack([rows[split.labels == c].mean(0) for c in unseen])
    predicted = method.model.prototypes(method.class_semantics).numpy()[unseen]
    for part in PARTS:
        prototypes = predicted + part * (means - predicted)
        scores = compatibility(rows, prototypes, "euclidean").numpy()
        named = unseen[scores.argmax(1)]
        rate = 100 * per_class_top1(split.labels, named, unseen).mean()
        print(f"{part:4.0%} of the way to the means OF TEST DATA: T {rate:.1f}")


if __name__ == "__main__":
    command.run(main)
