"""`python -m aspn_tf.beam_predict` where Apache Beam is not installed."""

import os
import pathlib
import subprocess
import sys

import pytest

ALONE = """
import runpy, sys
sys.modules["apache_beam"] = None
sys.argv = ["beam_predict", "--model=a", "--input=b", "--output=c"]
runpy.run_module("aspn_tf.beam_predict", run_name="__main__")
"""


@pytest.mark.slow
def test_it_tells_which_extra_to_install():
    done = subprocess.run(
        [sys.executable, "-c", ALONE],
        env={
            **os.environ,
            "PYTHONPATH": str(pathlib.Path(__file__).parents[1]),
        },
        capture_output=True,
        text=True,
    )
    (sentence,) = [
        line for line in done.stderr.splitlines() if line[:8] == "aspn_tf:"
    ]
    assert "pip install 'aspn_tf[beam]'" in sentence
    assert done.returncode == 2 and "Traceback" not in done.stderr
