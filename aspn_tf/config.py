"""Config: data, run and protocol, and the settings of the methods.

Precedence, lowest first: a field's default, the data set's recipe
`flags/<dataset>.flags`, the `--reading`, what the user typed (in the order
typed, `--flagfile` included).
"""

import dataclasses
import types
from collections.abc import Mapping

from aspn_tf.datasets.names import DATASETS
from aspn_tf.errors import InputError
from aspn_tf.methods import registry
from aspn_tf.methods.settings import check, lines, setting


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that a run depends on; `help` of a field documents it.

    Attributes:
      settings: of every method by its name; one that is absent has its
        defaults.
      typed: names of flags typed on the command line itself, not in a
        flagfile: no reading changes them.
    """

    dataset: str = setting(
        "digit_pairs", "The benchmark.", choices=DATASETS, group="data"
    )
    manual_dir: str = setting(
        "",
        "Directory that holds the folders AWA1, CUB, ...; empty: where TFDS "
        "looks, <data_dir>/downloads/manual.",
        group="data",
    )
    name: str = setting(
        "",
        "Folder under --manual_dir, with --dataset=xlsa17 or =shards.",
        group="data",
    )
    semantics: str = setting(
        "",
        "Which class semantics where a folder holds both; empty: the data "
        "set's own default.",
        choices=("", "att", "sent"),
        group="data",
    )
    exclude: str = setting(
        "",
        "Class names, comma-separated, to leave out altogether.",
        group="data",
    )
    data_dir: str = setting(
        "",
        "Where prepared data is kept; empty: TFDS's own place.",
        group="data",
    )
    download: bool = setting(
        True,
        "Fetch a published data set that is neither in --manual_dir nor where "
        "TFDS looks; false never touches the network.",
        group="data",
    )
    stream: bool = setting(
        False,
        "Leave the rows on the disk until they are needed, where memory does "
        "not hold them (ASPN, ESZSL).",
        group="data",
    )

    method: str = setting(
        registry.DEFAULT,
        "The system.",
        choices=registry.METHODS,
        group="run",
    )
    reading: str = setting(
        "default",
        "A named set of the method's settings, such as the paper's letter.",
        group="run",
    )
    selection: str = setting(
        "validation",
        "Which state counts: the last; the best on the validation partition, "
        "then retrained on all of trainval; or the best on test, as the paper "
        "did.",
        choices=("last", "validation", "test"),
        group="run",
    )
    partitions: int = setting(
        0,
        "Partitions of the seen classes to choose and to calibrate on; each "
        "class is unseen in one. 1: the data set's own; 0: several for what "
        "is solved in closed form, one for what is trained. States that are "
        "trained are measured on one of them.",
        low=0,
        group="run",
    )
    calibration: bool = setting(
        True,
        "Handicap seen classes in generalized ZSL by the scalar that is best "
        "on the validation partition (ours; with --selection=last too).",
        group="run",
    )
    budget: float = setting(
        0.0,
        "Minutes after which a seed's training ends at its last scored state, "
        "half of them for a choice that is trained again; 0: none.",
        low=0.0,
        group="run",
    )
    precision: str = setting(
        "float32",
        "Of the networks' arithmetic; losses are float32 in any case.",
        choices=("float32", "mixed_bfloat16", "mixed_float16"),
        group="run",
    )
    distribute: str = setting(
        "none",
        "Share each batch among devices of this or many machines (BUILD.md).",
        choices=("none", "mirrored", "multiworker"),
        group="run",
    )
    seed: int = setting(0, "The first seed.", low=0, high=2**31, group="run")
    seeds: int = setting(1, "How many seeds; mean and std.", low=1, group="run")
    run_dir: str = setting(
        "",
        "Where the run is written; empty: runs/<dataset>-<time>.",
        group="run",
    )
    tune: int = setting(
        0,
        "Train nothing but search the method's levers by this many trials on "
        "the validation partition, and write tuned.flags; resumes --run_dir.",
        low=0,
        group="run",
    )
    export: str = setting(
        "",
        "Write the SavedModel here too, or (.tflite) a TensorFlow Lite file.",
        group="run",
    )
    settings: Mapping = dataclasses.field(default_factory=dict)
    typed: frozenset = frozenset()

    def __post_init__(self):
        """Raises InputError where a value is out of its bounds."""
        check(self)
        object.__setattr__(
            self, "settings", types.MappingProxyType(dict(self.settings))
        )
        readings = registry.settings_class(self.method).READINGS
        if self.reading not in readings:
            raise InputError(
                f"`--reading` must be one of {', '.join(readings)} with "
                f"--method={self.method}. Received: {self.reading}"
            )

    @property
    def own(self):
        """The `Settings` of the chosen method."""
        return self.settings_of(self.method)

    def settings_of(self, method):
        """The `Settings` of a method."""
        if method in self.settings:
            return self.settings[method]
        return registry.settings_class(method)()

    def replace(self, **changes):
        """A copy with some of the shared fields changed."""
        return dataclasses.replace(self, **changes)

    def with_settings(self, **changes):
        """A copy whose chosen method has some settings changed."""
        own = self.own.replace(**changes)
        return self.replace(settings={**self.settings, self.method: own})

    def read_as(self, reading):
        """A copy with a reading of the chosen method, below what is typed.

        Raises:
          InputError: another reading is in it, whose settings would stay.
        """
        if self.reading not in ("default", reading):
            raise InputError(
                "`--reading` must be default where a row has a reading of its "
                f"own, {reading}. Received: {self.reading}"
            )
        shared, own = split_reading(self.method, reading)
        shared, own = (
            {k: v for k, v in part.items() if prefix + k not in self.typed}
            for part, prefix in ((shared, ""), (own, f"{self.method}."))
        )
        read = self.replace(reading=reading, **shared)
        return read.with_settings(**own)

    def flag_lines(self, methods=None):
        """The config as lines of a flagfile.

        Args:
          methods: whose settings are among them; None: the chosen one's.
        """
        found = lines(self)
        for method in methods or [self.method]:
            found += lines(self.settings_of(method), f"{method}.")
        return found


def split_reading(method, reading):
    """What a reading changes: (shared fields, the method's own settings)."""
    changes = registry.settings_class(method).READINGS[reading]
    own = {f.name for f in dataclasses.fields(registry.settings_class(method))}
    return (
        {name: value for name, value in changes.items() if name not in own},
        {name: value for name, value in changes.items() if name in own},
    )
