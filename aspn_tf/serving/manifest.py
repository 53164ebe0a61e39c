"""manifest.json: the digest of every file of an exported model.

A SavedModel is code that TensorFlow runs. Whoever can change both a model and
its manifest can change what it does; what the manifest tells is that the
directory is one of ours, whole, and as it was written.
"""

import hashlib
import json
import pathlib

from aspn_tf.errors import InputError

FILE = "manifest.json"
FORMAT = "aspn_tf model 1"
LARGEST = 16 << 20  # bytes of a manifest


def write(directory):
    """Writes the manifest of all that a directory holds.

    Args:
      directory: a path.
    """
    files = {name: _digest(path) for name, path in _files(directory).items()}
    content = {"format": FORMAT, "sha256": files}
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
    wanted = _read(directory)
    there = _files(directory)
    for name in sorted(set(wanted) - set(there)):
        raise _refused(directory, f"without {name}")
    for name in sorted(set(there) - set(wanted)):
        raise _refused(directory, f"with {name}, which it was not written with")
    for name, path in there.items():
        if path.is_symlink() or _digest(path) != wanted[name]:
            raise _refused(directory, f"with {name} changed since")


def _read(directory):
    """Name to digest, as the manifest has it."""
    path = directory / FILE
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"more than {LARGEST} bytes")
        content = json.loads(path.read_text())
        if content["format"] != FORMAT:
            raise ValueError(f"the format {content['format']!r}")
        return dict(content["sha256"])
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
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refused(directory, what):
    return InputError(
        "A model must be as it was written. Received: "
        f"{directory}, {what}; export it again, or get it from where you "
        "trust it."
    )
