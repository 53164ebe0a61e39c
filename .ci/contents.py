"""Compares a wheel and a source distribution with the package in the tree."""

import os
import pathlib
import sys
import tarfile
import zipfile

KINDS = (".py", ".html", ".flags", ".md", ".bib", ".txt", ".tsv")


def main(*paths):
    """Exits with a sentence where a file is missing or was not in the tree."""
    wanted = {
        pathlib.Path(folder, name).as_posix()
        for folder, _, names in os.walk("aspn_tf", followlinks=True)
        for name in names
        if name.endswith(KINDS)
    }
    for path in paths:
        there = held(path)
        for what, names in (
            ("is without", wanted - there),
            ("has more than the tree", there - wanted),
        ):
            if names:
                sys.exit(f"{path} {what}: {', '.join(sorted(names))}")
    print(f"{len(wanted)} files in each of {len(paths)}")


def held(path):
    """Names of the package's files in an archive, as they are in the tree."""
    if path.endswith(".whl"):
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    else:
        with tarfile.open(path) as archive:
            names = [
                member.name.partition("/")[2]
                for member in archive.getmembers()
                if member.isfile()
            ]
    return {name for name in names if name.startswith("aspn_tf/")}


if __name__ == "__main__":
    main(*sys.argv[1:])
