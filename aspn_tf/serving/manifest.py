"""manifest.json: the digest of every file of an exported model.

A SavedModel is code that TensorFlow runs. Whoever can change both a model and
its manifest can change what it does; what the manifest tells is that the
directory is one of ours, whole, and as it was written.
"""

import json
import pathlib

from aspn_tf import files
from aspn_tf.errors import InputError

FILE = "manifest.json"
FORMAT = "aspn_tf model 1"
LARGEST = 16 << 20  # bytes of a manifest


def write(directory):
    """Writes the manifest of all that a directory holds.

    Args:
      directory: a path.
    """
    there = _files(directory)
    content = {
        "format": FORMAT,
        "sha256": {name: _digest(path) for name, path in there.items()},
        "bytes": {name: path.stat().st_size for name, path in there.items()},
    }
    text = json.dumps(content, indent=2, sort_keys=True) + "\n"
    (directory / FILE).write_text(text)


def check(directory):
    """Refuses a directory that is not as it was written.

    Args:
      directory: of a model.

    Raises:
      InputError: there is no manifest, or a file has changed, is missing, or
        was not there.
    """
    directory = pathlib.Path(directory)
    wanted, sizes = _read(directory)
    there = _files(directory)
    for name in sorted(set(wanted) - set(there)):
        raise _refused(directory, f"without {name}")
    for name in sorted(set(there) - set(wanted)):
        raise _refused(directory, f"with {name}, which it was not written with")
    for name, path in there.items():
        if path.is_symlink() or not _is_same(path, wanted, sizes, name):
            raise _refused(directory, f"with {name} changed since")


def _is_same(path, digests, sizes, name):
    """Whether a file is as it was; others are not opened, nor larger ones."""
    if not path.is_file():
        return False
    size = path.stat().st_size
    return sizes.get(name, size) == size and _digest(path) == digests[name]


def _read(directory):
    """Name to digest and to bytes, as the manifest has it."""
    path = directory / FILE
    try:
        files.check(path, LARGEST)
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError(f"the format {str(content['format'])[:40]!r}")
        digests = content["sha256"]
        sizes = content.get("bytes", {})  # older ones have none
        if not isinstance(digests, dict) or not isinstance(sizes, dict):
            raise TypeError("a manifest without names")
        return digests, sizes
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            "A model must be a directory that --export, or a run, has "
            f"written, with its {FILE}. Received: {directory} ({reason})"
        ) from error


def _files(directory):
    """All files but the manifest, by their names within."""
    return {
        path.relative_to(directory).as_posix(): path
        for path in sorted(directory.rglob("*"))
        if (path.is_symlink() or not path.is_dir()) and path != directory / FILE
    }


def _digest(path):
    try:
        return files.sha256(path).hexdigest()
    except OSError as error:
        raise InputError(
            f"{path} must be readable. Received: {error.strerror}"
        ) from error


def _refused(directory, what):
    what = " ".join(what.split())  # of names, which may have lines
    return InputError(
        "A model must be as it was written. Received: "
        f"{directory}, {what}; export it again, or get it from where you "
        "trust it."
    )
