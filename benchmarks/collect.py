"""Adds the results of studies to results.csv, a line a run.

    python benchmarks/collect.py --studies=runs/comparison-awa1,runs/ablation

The tables here are means over lines of it. A run that is there already, of the
same study, row, share of the examples, data and seed, is replaced.
"""

import csv
import json
import pathlib

from aspn_tf import command
from aspn_tf.errors import InputError

FILE = pathlib.Path(__file__).parent / "results.csv"
FLAGS = (("studies", "", "Run directories, comma-separated."),)
KEY = ("study", "row", "reading", "share", "dataset", "fingerprint")
KEY += ("selection", "seed")
RATES = ("T", "u", "s", "H", "AUSUC")
COLUMNS = (
    *KEY,
    *RATES,
    *(f"{name} plain" for name in RATES[1:4]),
    *("updates", "ended", "selection s", "training s"),
)


def main(studies):
    """Reads every results.json of a seed, and writes the file."""
    lines = {}
    if FILE.exists():
        with FILE.open(newline="") as file:
            lines = {key(line): line for line in csv.DictReader(file)}
    before = len(lines)
    for study in filter(None, map(str.strip, studies.split(","))):
        found = sorted(pathlib.Path(study).rglob("seed*/results.json"))
        if not found:
            raise InputError(
                "`--studies` must name run directories with seeds that have "
                f"ended. Received: {study}"
            )
        for path in found:
            line = line_of(path, path.relative_to(study))
            lines[key(line)] = line
    with FILE.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines[one] for one in sorted(lines))
    print(f"{FILE}: {len(lines)} lines, {len(lines) - before} of them new")


def key(line):
    """What tells a line from another."""
    return tuple(str(line[name]) for name in KEY)


def line_of(path, within):
    """A line of the file, from results.json and its place in the study."""
    content = json.loads(path.read_text())
    row, *share = within.parts[:-2]  # few_examples.py has a folder a share
    plain = content["uncalibrated"]
    return {
        "study": "few examples" if share else "cells",
        "row": row,
        "reading": content["reading"],
        "share": f"{share[0]} %" if share else "100 %",
        "dataset": content["benchmark"],
        "fingerprint": content["data_fingerprint"][:8],
        "selection": content["protocol"]["selection"],
        "seed": content["seed"],
        **{name: round(content[name], 3) for name in RATES},
        **{f"{n} plain": round(plain[n], 3) for n in RATES[1:4]},
        "updates": content["updates"],
        "ended": content["ended"],
        "selection s": round(content["seconds"]["selection"], 1),
        "training s": round(content["seconds"]["training"], 1),
    }


if __name__ == "__main__":
    command.run(main, FLAGS, configured=False)
