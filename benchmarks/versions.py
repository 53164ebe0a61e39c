"""Tests the project with the oldest and the newest versions setup.py allows.

    python benchmarks/versions.py
    python benchmarks/versions.py --which oldest --tests tests/model

Makes an environment for each in a temporary directory (--directory: there, and
it is used again), with the lowest or the highest version of every direct
dependency that setup.py allows, extras `test` included, and the newest that go
with it of all others; runs the tests in it; and prints a table. Fetches uv,
which can choose the lowest, and the versions. Exits with 1 where something
could not be installed or a test has failed.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parents[1]
RESOLUTION = {"oldest": "lowest-direct", "newest": "highest"}
LISTED = 200  # lines on what failed


def main():
    """Prints the table of all that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--which", choices=RESOLUTION, nargs="+")
    parser.add_argument("--tests", nargs="+", default=["tests"])
    parser.add_argument("--directory")
    asked = parser.parse_args()
    which = asked.which or list(RESOLUTION)
    with tempfile.TemporaryDirectory() as elsewhere:
        place = pathlib.Path(asked.directory or elsewhere)
        place.mkdir(parents=True, exist_ok=True)
        found = {one: tried(place, one, asked.tests) for one in which}
    print(table(found))
    sys.exit(any(one["failed"] for one in found.values()))


def tried(place, which, tests):
    """What was installed, how the tests ended, and what failed; a dict."""
    started = time.perf_counter()
    python = place / which / "bin" / "python"
    said = installed(place, which, python)
    if said:
        return {"versions": {}, "ended": "not installed", "failed": said}
    versions = subprocess.run(
        [_uv(place), "pip", "list", "--format=json", f"--python={python}"],
        capture_output=True,
        check=True,
    ).stdout
    tested = subprocess.run(
        [python, "-m", "pytest", "-rfE", "--no-header", *tests],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    lines = tested.stdout.splitlines()
    failed = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    ended = lines[-1].strip("= ") if lines else tested.stderr[-300:]
    if tested.returncode and not failed:
        failed = [*lines[-LISTED:], *tested.stderr.splitlines()[-LISTED:]]
    seconds = f"; {time.perf_counter() - started:.0f} s with its installation"
    return {
        "versions": {
            one["name"].lower(): one["version"] for one in json.loads(versions)
        },
        "ended": ended + seconds,
        "failed": failed,
    }


def installed(place, which, python):
    """Makes an environment; lines on what went wrong, none where all went."""
    uv = _uv(place)
    if not uv.exists():
        subprocess.run(
            [sys.executable, "-m", "venv", uv.parents[1]], check=True
        )
        pip = [uv.with_name("python"), "-m", "pip", "install", "--quiet", "uv"]
        subprocess.run(pip, check=True)
    if not python.exists():
        make = [uv, "venv", f"--python={sys.executable}", place / which]
        subprocess.run(make, check=True, capture_output=True)
    done = subprocess.run(
        [
            *(uv, "pip", "install", "--upgrade", "--no-config"),
            f"--python={python}",
            *(f"--resolution={RESOLUTION[which]}", f"{ROOT}[test]"),
        ],
        capture_output=True,
        text=True,
    )
    return done.stderr.splitlines()[-LISTED:] if done.returncode else []


def table(found):
    """A row a direct dependency, a column an environment; then the ends."""
    text = (ROOT / "setup.py").read_text()
    bounds = dict(re.findall(r'"([\w.-]+)>=([\w.]+)"', text))
    lines = [["", "setup.py", *found]]
    for name, bound in sorted(bounds.items()):
        key = name.lower().replace("_", "-")
        cells = [one["versions"].get(key, "-") for one in found.values()]
        if set(cells) != {"-"}:
            lines.append([name, f">={bound}", *cells])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths))
        for line in lines
    ]
    for which, one in found.items():
        text += ["", f"{which}: {one['ended']}", *one["failed"][:LISTED]]
    return "\n".join(line.rstrip() for line in text)


def _uv(place):
    return place / "tool" / "bin" / "uv"


if __name__ == "__main__":
    main()
