"""How far a run has come, so that it can go on after a stop."""

import hashlib
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

import tensorflow as tf

from aspn_tf import disk, distribution, files, stopping
from aspn_tf.errors import InputError
from aspn_tf.runs import events
from aspn_tf.runs.directory import same_data, write_json
from aspn_tf.serving import manifest

FOLDER = "progress"
EVERY = 30.0  # seconds from one checkpoint to the next, at least
FILE = "position.json"
DATA = "data"  # of the small result that says which they were
LARGEST = 1 << 28  # bytes of a small result
PHASES = ("validation", "test", "train")  # that have events of their own


class Trail:
    """The latest checkpoint of a method, and where in a part of a run it is.

    Both are in one directory, `progress/<part>-<number>`, that has its name
    once it is whole: what is found there belongs together, whenever the
    process was killed. It has a manifest; one that has changed since, such as
    by a failing disk, is removed with a line on stderr, and the part is begun
    anew.

    Of several workers the chief alone keeps and reads it; the others are
    brought to its position, and their methods to the state of its method.

    Attributes:
      position: what was kept last, a dict; {} where the part begins.

    Args:
      directory: of the run, a path; None where nothing is kept.
      part: of the run, such as "validation".
      method: whose state is kept, and put back here where there is one.
      monitor: whose events are written out with it.
    """

    def __init__(self, directory, part, method, monitor):
        self._home = directory and pathlib.Path(directory) / FOLDER
        self._part, self._method, self._monitor = part, method, monitor
        self._latest = time.monotonic()
        self.position = {}
        kept = self._kept()
        while kept and not self.position:
            place = kept.pop(max(kept))
            try:
                manifest.check(place)
            except InputError as error:
                _leave(place, error)
                continue
            self.position = json.loads((place / FILE).read_text())
            checkpoint = tf.train.Checkpoint(method=method)
            checkpoint.read(str(place / "state")).assert_consumed()
        self.position = distribution.of_chief(self.position)
        distribution.alike(method)

    def note(self, position):
        """Keeps a position, unless one was kept a moment ago.

        Where a signal waits, for any worker, it is kept in any case, and
        `Stopped` is raised.

        Args:
          position: callable; returns a dict that json can write.
        """
        old = time.monotonic() - self._latest >= EVERY
        home, due, asked = distribution.anywhere(
            self._home, self._home and old, stopping.asked()
        )
        if home and (due or asked):
            self._keep(position())
        if asked:  # by now, as all workers have it
            stopping.ask()
            stopping.refuse_to_go_on()

    def _keep(self, position):
        checkpoint = tf.train.Checkpoint(method=self._method)
        if not self._home:  # the chief's needs this worker's share
            with tempfile.TemporaryDirectory() as aside:
                checkpoint.write(f"{aside}/state")
            return
        before = self._kept()
        number = max(before, default=0) + 1
        place = self._home / f"{self._part}-{number}"
        part = place.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        try:
            part.mkdir(parents=True)
            self._monitor.flush()
            checkpoint.write(str(part / "state"))
            write_json(part / FILE, position)
            manifest.write(part)
            disk.sync(part)
            part.rename(place)
        except Exception:  # of the disk, whose space is given back
            shutil.rmtree(part, ignore_errors=True)
            raise
        for old in before.values():
            shutil.rmtree(old)
        self._latest = time.monotonic()

    def _kept(self):
        """Number to directory of what is there and whole."""
        if not self._home:
            return {}
        return {
            int(place.name.rpartition("-")[2]): place
            for place in self._home.glob(f"{self._part}-*")
            if place.name.rpartition("-")[2].isdecimal()
        }


def begun(directory):
    """Whether there is something to go on with in a seed's directory."""
    kept = (pathlib.Path(directory) / FOLDER).glob("*")
    return any(path.name != f"{DATA}.json" for path in kept)


def begin(directory, fingerprint):
    """Opens a seed's directory, to begin in it or to go on.

    Removes the events of a stopped run that has kept nothing: they would
    stand beside those of the same run, done once more.

    Args:
      directory: of one seed, a path.
      fingerprint: of the data.

    Raises:
      InputError: it was begun on other data.
    """
    if begun(directory):
        data = read(directory, DATA)
        if data:  # else they were damaged
            same_data(directory, data["fingerprint"], fingerprint)
        return
    write(directory, DATA, {"fingerprint": fingerprint})
    for home in (directory, *(directory / name for name in PHASES)):
        for path in home.glob(events.PATTERN):
            path.unlink()


def write(directory, name, content):
    """Keeps a small result of a part that has ended; see `read`."""
    if directory:
        home = pathlib.Path(directory) / FOLDER
        home.mkdir(exist_ok=True)
        content = json.loads(json.dumps(content))  # as it will be read
        kept = {"sha256": _digest(content), "content": content}
        write_json(home / f"{name}.json", kept)


def read(directory, name):
    """What `write` has kept, a dict; None where it has not, or is damaged."""
    path = directory and pathlib.Path(directory) / FOLDER / f"{name}.json"
    if not path or not os.path.lexists(path):
        return None
    try:
        kept = json.loads(files.text(path, LARGEST))
        if kept["sha256"] != _digest(kept["content"]):
            raise InputError(f"{path} must be as it was written.")
        return kept["content"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        _leave(path, error)
        return None


def _leave(path, error):
    """Removes what was kept and has changed since, and says so."""
    reason = " ".join(str(error).split())
    print(
        f"aspn_tf: {path} is damaged and is not gone on with: {reason}",
        file=sys.stderr,
    )
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _digest(content):
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def clear(directory):
    """Removes what was kept: the run has ended."""
    shutil.rmtree(pathlib.Path(directory) / FOLDER, ignore_errors=True)
