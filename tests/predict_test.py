"""`python -m aspn_tf.predict`, as it is typed."""

import subprocess
import sys

import numpy as np
import pytest
from stand_ins import Linear

from aspn_tf.serving import export

# The command where what only training needs is not installed.
ALONE = """
import runpy, sys
for name in ("matplotlib", "optuna", "sklearn", "tensorboard"):
    sys.modules[name] = None
sys.modules["tensorflow_datasets"] = None
import aspn_tf.serving.loaded, aspn_tf.serving.predicting
for room in ("methods", "model", "evaluation", "runs", "serving.export"):
    assert f"aspn_tf.{room}" not in sys.modules, room
runpy.run_module("aspn_tf.predict", run_name="__main__", alter_sys=True)
"""


def run(*arguments):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True
    )


@pytest.mark.slow
def test_answering_needs_tensorflow_and_little_else(tiny, tmp_path):
    model, rows = tmp_path / "model", tmp_path / "rows.npy"
    export.save(model, Linear(tiny.training()), tiny, [], {}, 0.25, 0.25)
    np.save(rows, tiny.test_seen.features)
    done = run(
        *("-c", ALONE, f"--model={model}", f"--features={rows}"),
        f"--output={tmp_path / 'a.csv'}",
    )
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 29
