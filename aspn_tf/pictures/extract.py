"""From files to features: decoded in parallel, each once, kept by shards.

Features are kept under the digest of the file's content and the backbone's
key, so that pictures that come later, or move to another class, cost no more
than themselves; and a run that was stopped goes on where it was.
"""

import hashlib
import os
import pathlib
import tempfile

import numpy as np
import tensorflow as tf
import tqdm

from aspn_tf import disk, files, stopping
from aspn_tf.errors import InputError
from aspn_tf.pictures import decoding

SHARD = 256  # pictures; at most so many are decoded again after a kill
LARGEST = 1 << 30  # bytes of a shard


def features(paths, backbone, batch_size=32, bar=None):
    """The features of pictures, a batch after the other.

    Args:
      paths: list of files.
      backbone: an `aspn_tf.pictures.backbone.Backbone`.
      batch_size: pictures at a time.
      bar: a tqdm bar that is advanced; None without.

    Yields:
      (features (k, d) float32 of the pictures that could be read, their places
      in `paths`, dict of the places of the others to a sentence).

    Raises:
      InputError: the backbone's answer is not one finite row a picture.
    """
    shape = (*backbone.size, backbone.channels)

    def decoded(path):
        try:
            found = decoding.pixels(
                os.fsdecode(path), backbone.size, backbone.mode
            )
            return found, b""
        except InputError as error:
            return np.zeros(shape, np.uint8), str(error).encode()

    def read(place, path):
        found, problem = tf.numpy_function(
            decoded, [path], (tf.uint8, tf.string), stateful=False
        )
        return place, tf.ensure_shape(found, shape), problem

    names = [os.fsencode(path) for path in paths]
    batches = (
        tf.data.Dataset.from_tensor_slices((np.arange(len(paths)), names))
        .map(read, num_parallel_calls=tf.data.AUTOTUNE)
        .batch(batch_size)
        .prefetch(2)
    )
    for places, pictures, problems in batches.as_numpy_iterator():
        good = problems == b""
        bad = {
            int(place): problem.decode()
            for place, problem in zip(places[~good], problems[~good])
        }
        found = np.zeros((0, 0), np.float32)
        if good.any():
            found = np.asarray(backbone.function(pictures[good]), np.float32)
            _check(found, good.sum(), backbone)
        if bar is not None:
            bar.update(len(places))
        yield found, places[good], bad


def kept(paths, backbone, directory, batch_size=32):
    """The features of pictures, from the shards of a directory or new.

    Args:
      paths: list of files.
      backbone: an `aspn_tf.pictures.backbone.Backbone`.
      directory: where shards of its features are kept.
      batch_size: pictures at a time.

    Returns:
      features (k, d) float32 of the pictures that could be read, each content
      once; their places in `paths`; and a dict of the places of the others to
      a sentence.

    Raises:
      InputError: as `features`; or the directory cannot be written.
      OSError: the disk is full, or fails; what was kept is.
      Stopped: a signal has come; what was made is kept.
    """
    directory = pathlib.Path(directory) / backbone.key
    writable = "The directory to write must be writable.", directory
    with disk.refusing(*writable):
        directory.mkdir(parents=True, exist_ok=True)
    known, problems, first = _shards(directory), {}, {}
    for place, path in enumerate(paths):
        try:
            digest = files.sha256(path).digest()
        except OSError as error:
            problems[place] = str(decoding.refused(path, error.strerror))
            continue
        earlier = first.setdefault(digest, place)
        if earlier != place:
            problems[place] = f"{path} is the same picture as {paths[earlier]}"
    new = [place for digest, place in first.items() if digest not in known]
    digests = {place: digest for digest, place in first.items()}
    done = len(first) - len(new)
    with (
        stopping.deferred(),
        tqdm.tqdm(total=len(first), initial=done, unit="picture") as bar,
    ):
        for start in range(0, len(new), SHARD):
            places = new[start : start + SHARD]
            rows, own = {}, [paths[place] for place in places]
            for found, at, bad in features(own, backbone, batch_size, bar):
                for place, row in zip(at, found, strict=True):
                    rows[digests[places[place]]] = row
                for place, problem in bad.items():
                    problems[places[place]] = problem
                if stopping.asked():
                    break
            with disk.refusing(*writable):
                _write(directory, rows)
            stopping.refuse_to_go_on()
            known |= rows
    places = [place for place, digest in digests.items() if digest in known]
    found = np.zeros((0, 0), np.float32)
    if places:
        found = np.stack([known[digests[place]] for place in places])
    return found, np.array(places, np.int64), problems


def _check(found, count, backbone):
    if found.ndim != 2 or len(found) != count:
        raise InputError(
            "A backbone must answer one row a picture. Received: shape "
            f"{found.shape} for {count} pictures from {backbone.name}"
        )
    if not np.isfinite(found).all():
        raise InputError(
            f"A backbone must answer finite numbers. Received: NaN or infinity "
            f"from {backbone.name}"
        )


def _shards(directory):
    """What is kept: digest to row. A shard that is damaged is made again."""
    known, width = {}, None
    for path in sorted(directory.glob("*.npz")):
        if not path.is_file():  # to open others could wait without end
            continue
        try:
            files.check(path, LARGEST)
            with np.load(path, allow_pickle=False) as shard:
                if any(part.compress_type for part in shard.zip.infolist()):
                    raise ValueError("other than what is written here")
                digests, rows = (  # bytes where it is no array
                    np.asarray(shard[name]) for name in ("digests", "features")
                )
            if (digests.dtype, rows.dtype) != (np.uint8, np.float32):
                raise ValueError("other types")
            if rows.ndim != 2 or width not in (None, rows.shape[1]):
                raise ValueError("other rows")
            known |= zip(map(bytes, digests), rows, strict=True)
            width = rows.shape[1]
        except files.DAMAGED:
            path.unlink()
    return known


def _write(directory, rows):
    """Keeps digest to row; the file is whole or absent."""
    if not rows:
        return
    digests = np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), -1)
    name = hashlib.sha256(b"".join(rows)).hexdigest()[:16]
    with tempfile.NamedTemporaryFile(
        dir=directory, suffix=".part", delete=False
    ) as file:
        try:
            np.savez(file, digests=digests, features=np.stack([*rows.values()]))
            file.flush()
            os.fsync(file.fileno())
            pathlib.Path(file.name).replace(directory / f"{name}.npz")
        finally:
            pathlib.Path(file.name).unlink(missing_ok=True)
