"""Seconds that TensorBoard's events take, beside the training they tell of.

Run: python benchmarks/monitoring_overhead.py
"""

import tempfile
import time

from aspn_tf import benchmark as benchmarks
from aspn_tf.baselines import METHODS
from aspn_tf.config import Config
from aspn_tf.monitor import Monitor, data_card

EPOCHS = 5
MEASURES = {"T": 1.0, "u": 1.0, "s": 1.0, "H": 1.0}


def main():
    """Trains on digit_pairs, writes every state, prints the share."""
    config = Config(epochs=EPOCHS)
    benchmark = benchmarks.load("digit_pairs")
    states, start = [], time.perf_counter()
    method = METHODS["aspn"](config)
    for _, logs in method.fit(benchmark):
        states.append(logs)
    training = time.perf_counter() - start
    norms = (method.prototypes(benchmark.semantics).numpy() ** 2).sum(1) ** 0.5
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
        f"{EPOCHS} epochs: training {training:.2f} s, writing {writing:.3f} s, "
        f"{100 * writing / training:.2f} %"
    )


if __name__ == "__main__":
    main()
