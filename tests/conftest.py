"""Benchmarks that several test modules share."""

import gc
import os

# One worker of pytest-xdist a core: threads of one would wait for another's.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import numpy as np  # noqa: E402
import pytest  # noqa: E402

import aspn_tf  # noqa: E402, F401  # before TensorFlow, as commands have it

# Tests that take longest come first: the last of them would run alone.
FIRST = ("distribution_test.py", "workers_test.py", "resume_test.py")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name not in FIRST)


@pytest.fixture(scope="session", autouse=True)
def frozen():
    """Libraries stay; a collection need not look at them again and again."""
    import tensorflow  # noqa: F401

    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def tiny():
    """Ten classes, the last three unseen; features linear in semantics."""
    from views import ten_classes

    held_out = np.array([0, 1, 24, 25, 36, 37, 60, 61, 72, 73])
    return ten_classes("tiny", 4, 5, held_out)


@pytest.fixture(scope="session")
def digit_pairs(tmp_path_factory):
    """The embedded data set, prepared in a temporary directory."""
    from aspn_tf.data import loading

    return loading.load(
        "digit_pairs", data_dir=str(tmp_path_factory.mktemp("data"))
    )
