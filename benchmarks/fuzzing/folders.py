"""Folders, whole and made to harm: models, shards, stopped runs."""

import functools
import json
import pathlib
import shutil
import tempfile

import numpy as np

from aspn_tf.serving import manifest
from fuzzing import damage, tables


def _of_files(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _made(make):
    with tempfile.TemporaryDirectory() as name:
        make(pathlib.Path(name))
        return _of_files(pathlib.Path(name))


@functools.cache
def model():
    """The files of a folder that looks like an exported model."""

    def make(folder):
        for name, data in {
            "saved_model.pb": b"\x08\x01" * 400,
            "fingerprint.pb": bytes(50),
            "variables/variables.index": bytes(300),
            "variables/variables.data-00000-of-00001": bytes(5000),
            "assets/classes.json": b'["a", "b"]',
            "assets/semantics.npy": tables.arrays()[0],
        }.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
        manifest.write(folder)

    return _made(make)


@functools.cache
def shards():
    """The files of a folder of features that are kept."""

    def make(folder):
        for number in range(2):
            digests = np.arange(96, dtype=np.uint8).reshape(3, 32) + number
            rows = np.ones((3, 5), np.float32)
            name = folder / f"{number:016x}.npz"
            np.savez(name, digests=digests, features=rows)

    return _made(make)


@functools.cache
def run():
    """The files of a run that was begun."""
    from aspn_tf import config
    from aspn_tf.runs import directory

    return _made(lambda folder: directory.keep(folder, config.Config()))


@functools.cache
def progress():
    """The files of a run that was stopped in its training."""
    from fuzzing import readers

    return _made(readers.stopped)


def manifests(random):
    """A manifest.json of other types, names or forms."""
    content = json.loads(model()[pathlib.Path(manifest.FILE)])
    digests = content["sha256"]
    names = ("../outside", "/etc/passwd", "", ".", "a\0b", *damage.NAMES)
    for _ in range(random.choice((1, 2))):
        digests[random.choice((*names, *digests))] = random.choice(
            (None, 1, [], "0" * 64, "", {}, "\ud800")
        )
    odd = random.choice(
        (None, [], 1, [[1, "a"], ["b", "c"]], [[[], 1]], "ab", ["ab", "cd"])
    )
    content[random.choice(("sha256", "format", "bytes"))] = random.choice(
        (odd, digests)
    )
    text = json.dumps(random.choice((content, content, content, odd)))
    if random.random() < 0.1:
        text = random.choice(("[" * 100_000, "\ufeff" + text, "9" * 9999))
    return text.encode()


def write(folder, files):
    """Writes files, names to bytes, to a folder."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def harm(random, folder, outside, odd=None, name=None):
    """Does one thing to a folder.

    Args:
      random: a `random.Random`.
      folder: its path.
      outside: a folder elsewhere.
      odd: makes other content from `random`; None where there is no such.
      name: of the file that it is for; None for any.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    path = random.choice(files)
    kind = random.random()
    if kind < 0.5:
        path.write_bytes(damage.of_bytes(random, path.read_bytes()))
    elif kind < 0.65 and odd:
        path = folder / name if name else path
        path.write_bytes(odd(random))
    elif kind < 0.85:
        data = path.read_bytes()
        path.unlink()
        damage.in_place(random, path, data, outside)
    elif kind < 0.93:
        more = path.with_name(random.choice(damage.NAMES) + path.suffix)
        damage.in_place(random, more, path.read_bytes(), outside)
    else:
        inner = random.choice([folder, *(p.parent for p in files)])
        moved = outside / "moved"
        shutil.move(inner, moved)
        inner.symlink_to(moved)
