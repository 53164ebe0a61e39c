"""Commands as a fork runs them: few classes, all kept, no figure drawn."""

import json

GO = """
import runpy, sys
import numpy as np
from aspn_tf.runs import figures, trail
trail.EVERY = 0.0
figures.pixels = lambda figure: np.zeros((1, 1, 3), np.uint8)
module, *sys.argv[1:] = sys.argv[1:]
sys.argv[0] = module
runpy.run_module(module, run_name="__main__")
"""
FEW = ",".join(f"{n:02d}" for n in range(100) if n % 10 >= 5)
SMALL = (f"--exclude={FEW}", "--aspn.hidden_width=64")


TIMES = ("seconds", "speed", "run_dir")


def words(module, *flags, before=""):
    """What `forked` runs a command of aspn_tf by, some code before it."""
    return ["-c", before + GO, f"aspn_tf.{module}", *flags]


def numbers(place):
    """All of a run's results.json but the clock."""
    content = json.loads((place / "results.json").read_text())
    for one in [content, *content.get("per_seed", [])]:
        for name in TIMES:
            one.pop(name, None)
    return content
