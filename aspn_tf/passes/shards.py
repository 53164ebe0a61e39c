"""Which shards there are, where their answers go, and which have theirs.

The answers of a shard are one file, which is whole or absent. A shard whose
file is there, and not older than the shard, is not answered again.
"""

import collections
import dataclasses
import glob
import json

from apache_beam.io.filesystems import FileSystems

from aspn_tf import disk
from aspn_tf.datasets.shards import reading
from aspn_tf.errors import InputError
from aspn_tf.passes import writing

BAD, ABOUT = "bad.jsonl", "about.json"


@dataclasses.dataclass(frozen=True)
class Targets:
    """From the name of a shard to the names of the files that come of it.

    Attributes:
      prefix: what these begin with.
      kind: one of `writing.FORMATS`; "": that of the shard.
    """

    prefix: str
    kind: str

    def answers(self, source):
        """The file of a shard's answers."""
        kind = self.kind or _suffix(source)[1:]
        return f"{self._stem(source)}.{kind}"

    def bad(self, source):
        """The file of what could not be used of a shard."""
        return f"{self._stem(source)}.{BAD}"

    def about(self):
        """The file that tells what all answers are of."""
        return f"{self.prefix}{ABOUT}"

    def _stem(self, source):
        name = FileSystems.split(source)[1]
        return f"{self.prefix}{name.removesuffix(_suffix(source))}"


def to_do(pattern, targets):
    """The shards that a pattern names, and those to answer; two lists.

    What was left half written of the latter is removed.

    Raises:
      InputError: there is none, or the answers of two would be one file.
    """
    times = {
        path: time for path, time in _times(pattern).items() if _suffix(path)
    }
    if not times:
        raise InputError(
            "`--input` must name shards that end in "
            f"{', '.join(reading.SUFFIXES)}. Received: {pattern}, which names "
            "none"
        )
    names = collections.Counter(targets.answers(path) for path in times)
    (name, count), *_ = names.most_common(1)
    if count > 1:
        raise InputError(
            "`--input` must name shards whose names differ, whatever their "
            f"directories. Received: {count} whose answers would be {name}"
        )
    there = _times(f"{glob.escape(targets.prefix)}*")
    left = [
        path
        for path, time in times.items()
        if there.get(targets.answers(path), -1.0) < time
    ]
    parts = {f"{targets.answers(path)}{disk.PART}" for path in left}
    halves = [one for one in there if one.startswith(tuple(parts or [" "]))]
    if halves:
        FileSystems.delete(halves)
    return sorted(times), sorted(left)


def begin(targets, about):
    """Writes down what the answers are of, in a directory made if need be.

    Args:
      targets: a `Targets`.
      about: a dict of names to what json can write.

    Raises:
      InputError: what is there is of something else, or nothing can be
        written.
    """
    path = targets.about()
    place = FileSystems.split(path)[0]
    with disk.refusing("`--output` must begin files that can be made.", path):
        if place and not FileSystems.exists(place):
            FileSystems.mkdirs(place)
        if not FileSystems.exists(path):
            text = json.dumps(about, indent=2, sort_keys=True)
            writing.write_text(path, f"{text}\n")
            return
    with FileSystems.open(path) as file:
        begun = json.loads(file.read())
    for name in about:
        if begun.get(name) != about[name]:
            raise InputError(
                "`--output` must be new, or go on as it was begun. Received: "
                f"{targets.prefix}, begun with other {name}; give another "
                "--output."
            )


def without_answers(sources, targets):
    """Those of the shards whose file of answers is not there."""
    return [
        source
        for source in sources
        if not FileSystems.exists(targets.answers(source))
    ]


def _times(pattern):
    """When each file that a pattern names has changed, by its name."""
    try:
        (found,) = FileSystems.match([pattern])
    except (OSError, ValueError) as error:
        raise InputError(
            "`--input` and `--output` must be on a file system that can be "
            f"read. Received: {pattern} ({error})"
        ) from error
    return {
        one.path: one.last_updated_in_seconds for one in found.metadata_list
    }


def _suffix(source):
    """One of those of shards, or "" where it is none."""
    found = [one for one in reading.SUFFIXES if source.endswith(one)]
    return found[0] if found else ""
