"""Has the package read damaged files, and counts what comes of it.

    python benchmarks/fuzz.py --cases=10000 --seed=0 [--kinds=mat5,parquet]

Each case is read in a process that is kept until one ends it. None may end it,
take 10 s of a processor, 60 s by the clock or 2 GB, raise anything but
`InputError`, write outside its folder, read what lies in other files, or
unpickle. The files of each case that does are kept in --keep.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from fuzzing import cases  # noqa: E402

SECONDS = 10.0  # of a processor, for a case
PATIENCE = 60.0  # seconds by the clock, which others share
START = 180.0  # seconds until a process has read its first
MOST = 2 << 30  # bytes of memory
COLUMNS = (
    *("cases", "loaded", "refused", "traceback", "crash", "hang", "over 2 GB"),
    "violation",
)
BAD = COLUMNS[3:]


@dataclasses.dataclass
class Told:
    """What came of a case."""

    outcome: str
    detail: str = ""
    seconds: float = 0.0
    peak: int = 0


class Reader:
    """A process that reads cases of one kind; a new one where it has died."""

    def __init__(self, kind, place):
        self.kind, self._place, self._process = kind, place, None

    def read(self, path, folder):
        """What comes of a case."""
        if self._process is None:
            self._start()
        return self._ask(path, folder, PATIENCE)

    def end(self):
        """Ends the process."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self):
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "fuzzing.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path[:2])},
        )
        folder = self._place / "whole"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        told = self._ask(cases.whole(self.kind, folder), folder, START, False)
        if told.outcome != "loaded":
            raise SystemExit(
                f"{self.kind}, whole: {told.outcome} {told.detail}"
            )

    def _ask(self, path, folder, seconds, counts=True):
        case = {"kind": self.kind, "path": os.fspath(path), "counts": counts}
        line = json.dumps(case | {"folder": str(folder)}) + "\n"
        self._process.stdin.write(line.encode())
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        if not ready:
            self.end()
            return Told("hang", seconds=seconds)
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            self.end()
            return Told("crash", f"exit code {code}")
        told = Told(**json.loads(line))
        if told.seconds > SECONDS and counts:
            return Told("hang", told.outcome, told.seconds)
        if told.peak > MOST and counts:
            self.end()
            return Told("over 2 GB", f"{told.peak} bytes", told.seconds)
        return told


def run(kind, count, seed, keep=None, first=0):
    """Reads cases of a kind.

    Args:
      kind: one of `cases.KINDS`.
      count: how many.
      seed: of all of them.
      keep: a path for the files of those that are bad; None for nowhere.
      first: the number of the first.

    Returns:
      A dict of `COLUMNS` to counts, and a list of (number, `Told`) of the bad.
    """
    counts, bad = dict.fromkeys(COLUMNS, 0), []
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name).resolve()
        reader = Reader(kind, place)
        try:
            for number in range(first, first + count):
                folder, outside = place / "case", place / "outside"
                for one in (folder, outside):
                    shutil.rmtree(one, ignore_errors=True)
                    one.mkdir()
                path = cases.write(kind, number, seed, folder, outside)
                told = reader.read(path, folder)
                counts["cases"] += 1
                counts[told.outcome] += 1
                if told.outcome in BAD:
                    bad.append((number, told))
                    if keep:
                        _keep(keep / f"{kind}-{number}", folder, told)
        finally:
            reader.end()
    return counts, bad


def _keep(place, folder, told):
    """Keeps the files of a case; what is none is told by its listing."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    (place / "told.txt").write_text(f"{told.outcome}\n{told.detail}\n")
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_size < 1 << 26:
            name = os.fsencode(path.relative_to(folder)).hex()[-40:]
            shutil.copy(path, place / f"{path.suffix[1:9]}-{name}")


def main():
    """Reads all that is asked for and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=10_000, help="of all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="case's number")
    parser.add_argument("--kinds", default=",".join(cases.KINDS))
    parser.add_argument("--keep", type=pathlib.Path, default="runs/fuzz")
    asked = parser.parse_args()
    kinds = asked.kinds.split(",")
    total = dict.fromkeys(COLUMNS, 0)
    print(f"| kind | {' | '.join(COLUMNS)} | seconds |")
    print(f"| --- |{' ---: |' * (len(COLUMNS) + 1)}")
    for place, kind in enumerate(kinds):
        count = asked.cases // len(kinds) + (place < asked.cases % len(kinds))
        started = time.perf_counter()
        counts, bad = run(kind, count, asked.seed, asked.keep, asked.first)
        seconds = time.perf_counter() - started
        words = " | ".join(f"{counts[name]:,}" for name in COLUMNS)
        print(f"| {kind} | {words} | {seconds:.0f} |", flush=True)
        for number, told in bad:
            last = told.detail.strip().rpartition("\n")[2][:150]
            print(f"{kind} {number}: {told.outcome} {last}", file=sys.stderr)
        total = {name: total[name] + counts[name] for name in COLUMNS}
    print(f"| all | {' | '.join(f'{total[n]:,}' for n in COLUMNS)} | |")
    sys.exit(any(total[name] for name in BAD))


if __name__ == "__main__":
    main()
