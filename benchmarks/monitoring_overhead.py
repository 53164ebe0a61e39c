"""Seconds that TensorBoard's events take, beside the training they tell of.

Run: python benchmarks/monitoring_overhead.py
"""

import tempfile
import time

from aspn_tf.config import Config
from aspn_tf.data import loading
from aspn_tf.evaluation import selection
from aspn_tf.runs import fitting
from aspn_tf.runs.monitor import Monitor, data_card

MEASURES = {"T": 1.0, "u": 1.0, "s": 1.0, "H": 1.0, "AUSUC": 1.0}


def main():
    """Trains on digit_pairs, writes every state, prints the share."""
    config = Config()
    benchmark = loading.load("digit_pairs")
    start = time.perf_counter()
    method = fitting.build(config, benchmark)
    states = [logs for _, logs in selection.train(method)]
    training = time.perf_counter() - start
    prototypes = method.abilities()["prototypes"](benchmark.semantics)
    norms = (prototypes.numpy() ** 2).sum(1) ** 0.5
    with tempfile.TemporaryDirectory() as directory:
        start = time.perf_counter()
        with Monitor(directory, config) as monitor:
            monitor.text("data", data_card(benchmark))
            for step, logs in enumerate(states):
                monitor.state("train", step, logs, MEASURES)
                monitor.histogram("parameter/prototype_norm", norms, step)
            monitor.finish(MEASURES)
        writing = time.perf_counter() - start
    print(
        f"{len(states)} epochs: training {training:.2f} s, writing "
        f"{writing:.3f} s, {100 * writing / training:.2f} %"
    )


if __name__ == "__main__":
    main()
