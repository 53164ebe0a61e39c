"""Benchmarks that several test modules share."""

import gc
import os

# One worker of pytest-xdist a core: threads of one would wait for another's.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import numpy as np  # noqa: E402
import pytest  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def frozen():
    """Libraries stay; a collection need not look at them again and again."""
    import tensorflow  # noqa: F401

    gc.collect()
    gc.freeze()


TINY_CLASSES, TINY_WIDTH, TINY_SEMANTICS = 10, 6, 4


@pytest.fixture(scope="session")
def tiny():
    """Ten classes, the last three unseen; features linear in semantics."""
    from aspn_tf.data.benchmark import Benchmark, Split

    stream = np.random.default_rng(7)
    semantics = stream.normal(size=(TINY_CLASSES, TINY_SEMANTICS))
    means = 3.0 * semantics @ stream.normal(size=(TINY_SEMANTICS, TINY_WIDTH))

    def split(classes, count):
        labels = np.repeat(np.asarray(classes, np.int64), count)
        noise = stream.normal(size=(len(labels), TINY_WIDTH))
        return Split((means[labels] + noise).astype(np.float32), labels)

    return Benchmark(
        name="tiny",
        class_names=tuple("abcdefghij"),
        semantics=semantics.astype(np.float32),
        seen=np.arange(7),
        unseen=np.arange(7, 10),
        train=split(range(7), 12),
        test_seen=split(range(7), 4),
        test_unseen=split(range(7, 10), 5),
        fingerprint="tiny",
        val_unseen=np.array([1, 4]),
        val_seen_rows=np.array([0, 1, 24, 25, 36, 37, 60, 61, 72, 73]),
    )


@pytest.fixture(scope="session")
def digit_pairs(tmp_path_factory):
    """The embedded data set, prepared in a temporary directory."""
    from aspn_tf.data import loading

    return loading.load(
        "digit_pairs", data_dir=str(tmp_path_factory.mktemp("data"))
    )
