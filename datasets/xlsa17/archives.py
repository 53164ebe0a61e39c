"""The published archives: fetched once, and only the members asked for.

An archive is kept where TFDS keeps downloads, so that the next data set finds
it; its members go to `manual/<folder>/`, where TFDS looks for files that a
user has put there. No digest is published: that of the first use is kept
beside the archive, and an archive that has changed since is refused.
"""

import contextlib
import dataclasses
import lzma
import os
import pathlib
import queue
import shutil
import struct
import sys
import tempfile
import threading
import zipfile
import zlib

import requests
import tensorflow_datasets as tfds

from aspn_tf import disk, files
from aspn_tf.errors import InputError

BASE = "https://datasets.d2.mpi-inf.mpg.de/xian"
SECONDS = 8.0  # until a server that does not answer is given up
LARGEST = 8 << 30  # bytes of a member; the largest published has 0.7 GB
DENSEST = 200  # times its compressed size
BLOCK = 1 << 20
FAILURES = (
    requests.RequestException,
    tfds.download.DownloadError,
    OSError,
    # What zipfile says of a damaged archive.
    zipfile.BadZipFile,
    EOFError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    zlib.error,
)


@dataclasses.dataclass(frozen=True)
class Archive:
    """One published file.

    Attributes:
      name: of the file.
      folders: the data sets it has.
      files: what it has of each of them.
    """

    name: str
    folders: tuple[str, ...]
    files: tuple[str, ...]


ARCHIVES = (
    Archive(
        "xlsa17.zip",
        ("AWA1", "AWA2", "CUB", "SUN", "APY"),
        ("res101.mat", "att_splits.mat"),
    ),
    Archive(
        "cvpr18xian.zip",
        ("FLO", "CUB"),
        ("res101.mat", "att_splits.mat", "sent_splits.mat"),
    ),
)


def archive_of(folder, file):
    """The first `Archive` that has a member; None where none has."""
    for archive in ARCHIVES:
        if folder in archive.folders and file in archive.files:
            return archive
    return None


def place(data_dir):
    """Where TFDS looks for files that a user has put there."""
    return _downloads(data_dir) / "manual"


def absent(folder, file, data_dir, reason):
    """The `InputError` where a member can be had nowhere."""
    archive = archive_of(folder, file)
    return InputError(
        f"{folder}/{file} must be in --manual_dir or in {place(data_dir)}, or "
        f"come from {BASE}/{archive.name}. Received: {reason}. Download that "
        f"archive by other means and put it, or {folder}/{file}, into "
        f"{place(data_dir)}."
    )


def fetch(folder, files, data_dir):
    """Brings members of the archives to `place(data_dir)/folder`.

    Args:
      folder: of a published data set, such as "AWA2".
      files: what is to be in it; what is there already is left alone.
      data_dir: where TFDS keeps prepared data; None for its default.

    Raises:
      OSError: the disk is full, or fails.
      InputError: a server or a network fails, or an archive does. Members
        that are whole stay; nothing else does.
    """
    for file in files:
        target = place(data_dir) / folder / file
        if target.is_file():
            continue
        try:
            archive = _archive(archive_of(folder, file), data_dir)
            _unpack(archive, folder, file, target)
        except requests.ConnectionError as error:
            reason = f"no connection to {BASE.split('/')[2]}"
            raise absent(folder, file, data_dir, reason) from error
        except FAILURES as error:
            if disk.failed(error):
                raise
            reason = " ".join(str(error).split())[:200]
            reason = reason or type(error).__name__
            raise absent(folder, file, data_dir, reason) from error


def _downloads(data_dir):
    root = pathlib.Path(data_dir or tfds.core.constants.DATA_DIR)
    return root.expanduser() / "downloads"


def _archive(archive, data_dir):
    """The path of an archive: the user's, one fetched before, or fetched."""
    given = place(data_dir) / archive.name
    if given.is_file():
        return given
    kept = _downloads(data_dir) / archive.name
    digest = kept.with_name(f"{kept.name}.sha256")
    if kept.is_file() and digest.is_file():
        if files.sha256(kept).hexdigest() != digest.read_text().strip():
            raise OSError(
                f"{kept} has changed since it was fetched; delete it to have "
                "it fetched again"
            )
        return kept
    url = f"{BASE}/{archive.name}"
    size = _size(url)
    kept.parent.mkdir(parents=True, exist_ok=True)
    print(f"Fetching {url}, {size / 1e6:.1f} MB, to {kept}.", file=sys.stderr)
    if size > (free := shutil.disk_usage(kept.parent).free):
        raise OSError(
            f"{free / 1e6:.0f} MB of space where {size / 1e6:.0f} are needed"
        )
    with (
        tempfile.TemporaryDirectory(dir=kept.parent, prefix="fetch-") as part,
        _with_bar(),
    ):
        manager = tfds.download.DownloadManager(download_dir=part)
        path = pathlib.Path(manager.download(url))
        found = path.stat().st_size
        if size and found != size:
            raise OSError(f"{found} bytes of {size} from {url}")
        if not zipfile.is_zipfile(path):
            raise OSError(f"no zip archive at {url}")
        disk.write_bytes(digest, f"{files.sha256(path).hexdigest()}\n".encode())
        path.replace(kept)
    return kept


@contextlib.contextmanager
def _with_bar():
    """Lets TFDS show how far a download is."""
    tfds.enable_progress_bar()
    try:
        yield
    finally:
        tfds.disable_progress_bar()


def _size(url):
    """Bytes of what a URL has; 0 where the server does not say.

    A name that is looked up in vain heeds no timeout, so a thread asks that
    nobody waits for.
    """
    answers = queue.Queue()

    def ask():
        try:
            answer = requests.head(url, allow_redirects=True, timeout=SECONDS)
            answer.raise_for_status()
            answers.put(int(answer.headers.get("Content-Length", 0)))
        except Exception as error:  # raised where it is waited for
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=SECONDS)
    except queue.Empty:
        raise OSError(f"no answer within {SECONDS:.0f} s from {url}") from None
    if isinstance(found, Exception):
        raise found
    return found


def _unpack(path, folder, file, target):
    """Writes the member of that name to the target, whole or not at all.

    A member is found by the end of its path, which differs between archives;
    the path itself is used for nothing else.
    """
    with zipfile.ZipFile(path) as archive:
        found = [
            one
            for one in archive.infolist()
            if pathlib.PurePosixPath(one.filename).parts[-2:] == (folder, file)
        ]
        if len(found) != 1:
            raise OSError(
                f"{len(found)} members of {path} that end with {folder}/{file}"
            )
        (member,) = found
        dense = DENSEST * max(member.compress_size, BLOCK)
        if member.file_size > min(LARGEST, dense):
            raise OSError(
                f"{member.filename} in {path}, which would be "
                f"{member.file_size} bytes large"
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        try:
            with archive.open(member) as source, part.open("wb") as sink:
                shutil.copyfileobj(source, sink, BLOCK)
                sink.flush()
                os.fsync(sink.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
