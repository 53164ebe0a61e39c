"""The TFDS builder that all data sets in the xlsa17 layout share."""

import dataclasses
import hashlib
import pathlib

import tensorflow_datasets as tfds

from aspn_tf.datasets import zero_shot
from aspn_tf.datasets.xlsa17 import archives, card, mat_file, source
from aspn_tf.errors import InputError

_WHERE = "it is in a public archive, see datasets/xlsa17/README.md"

SEMANTICS = ("att", "sent")


def splits_file(semantics: str) -> str:
    """Returns the name of the file with the class semantics and the lists."""
    return f"{semantics}_splits.mat"


@dataclasses.dataclass(eq=False)
class Config(tfds.core.BuilderConfig):
    """Which files of which folder.

    Attributes:
      folder: the folder below `manual_dir`.
      semantics: "att" reads `att_splits.mat`, "sent" `sent_splits.mat`.
    """

    folder: str = ""
    semantics: str = "att"


def configs(folder: str) -> list[Config]:
    """Returns the builder configs of a published data set."""
    return [
        Config(
            name=semantics,
            description=f"Class semantics from {splits_file(semantics)}.",
            folder=folder,
            semantics=semantics,
        )
        for semantics in SEMANTICS
    ]


class Xlsa17Builder(zero_shot.ZeroShotBuilder, skip_registration=True):
    """Reads `<manual_dir>/<folder>/res101.mat` and a splits file.

    Attributes:
      ATTRIBUTE_NAMES: the published names of the rows of `att`, used with
        `att_splits.mat` when it has as many rows and does not name them.
    """

    ATTRIBUTE_NAMES: tuple[str, ...] = ()
    MANUAL_DOWNLOAD_INSTRUCTIONS = """
    Download and unpack the public archives of "Zero-Shot Learning - A
    Comprehensive Evaluation of the Good, the Bad and the Ugly" (Max Planck
    Institute for Informatics): xlsa17.zip has AWA1, AWA2, CUB, SUN and APY,
    cvpr18xian.zip has FLO and the sent_splits.mat of CUB. Arrange them as

        manual_dir/AWA1/res101.mat    manual_dir/AWA1/att_splits.mat
        manual_dir/AWA2/res101.mat    manual_dir/AWA2/att_splits.mat
        manual_dir/CUB/res101.mat     manual_dir/CUB/sent_splits.mat
        manual_dir/FLO/res101.mat     manual_dir/FLO/att_splits.mat

    Data of your own goes to manual_dir/NAME/ in the same two files.
    """

    @classmethod
    def locate(cls, manual_dir, name, semantics, data_dir, download):
        """Where the files are: as given, where TFDS looks, or fetched.

        Args:
          manual_dir: as the user gave it, or None.
          name: of the user's own folder, for xlsa17 alone.
          semantics: which class semantics, or None for the default.
          data_dir: where TFDS keeps prepared data; None for its default.
          download: whether the published archives may be fetched.

        Returns:
          The folder that holds the folders of files, or None.

        Raises:
          InputError: the files are not there and cannot be fetched.
        """
        if manual_dir is not None:
            return manual_dir
        place = archives.place(data_dir)
        if name or not cls.BUILDER_CONFIGS:
            return place if name and (place / name).is_dir() else None
        folder = cls.BUILDER_CONFIGS[0].folder
        wanted = semantics or cls.DEFAULT_BUILDER_CONFIG_NAME or SEMANTICS[0]
        files = (source.FEATURES_FILE, splits_file(wanted))
        missing = [f for f in files if not (place / folder / f).is_file()]
        for file in missing:
            if archives.archive_of(folder, file) is None:
                return None
            if not download:
                reason = "neither, with --download=false"
                raise archives.absent(folder, file, data_dir, reason)
        archives.fetch(folder, missing, data_dir)
        return place

    @classmethod
    def options(cls, manual_dir=None, name=None, semantics=None) -> dict:
        """Takes a `manual_dir` that holds the files, and `semantics`."""
        cls._refuse_name(name)
        folder = cls.BUILDER_CONFIGS[0].folder
        return {"config": cls._chosen(manual_dir, folder, semantics)}

    @classmethod
    def _chosen(cls, manual_dir, folder, wanted):
        """Returns which of the splits files to read; both files exist.

        Where none is asked for and only one is there, that one.
        """
        needed = f"{folder}/{source.FEATURES_FILE}"
        if manual_dir is None:
            raise InputError(
                f"`--manual_dir` must be given with --dataset={cls.name}. "
                f"Received: none; pass the folder that holds {needed}."
            )
        manual_dir = pathlib.Path(manual_dir)
        if not (manual_dir / needed).is_file():
            there = manual_dir.is_dir()
            advice = _WHERE if there else "there is no such folder"
            raise _missing(needed, manual_dir, advice)
        if wanted is not None and wanted not in SEMANTICS:
            raise InputError(
                f"`--semantics` must be one of {', '.join(SEMANTICS)}. "
                f"Received: semantics={wanted}."
            )
        default = cls.DEFAULT_BUILDER_CONFIG_NAME or SEMANTICS[0]
        here = [
            semantics
            for semantics in sorted(SEMANTICS, key=lambda s: s != default)
            if (manual_dir / folder / splits_file(semantics)).is_file()
        ]
        if wanted is None and here:
            return here[0]
        if wanted not in here:
            advice = f"--semantics={here[0]} is there" if here else _WHERE
            missing = f"{folder}/{splits_file(wanted or default)}"
            raise _missing(missing, manual_dir, advice)
        return wanted

    def tables(self, manual_dir) -> zero_shot.Tables:
        """Reads and checks the two files."""
        config = self.builder_config
        folder = pathlib.Path(manual_dir) / config.folder
        tables = source.read_tables(folder, splits_file(config.semantics))
        names = self.ATTRIBUTE_NAMES
        if config.semantics == "att" and not tables.attribute_names:
            if len(names) == tables.semantics.shape[1]:
                tables = dataclasses.replace(tables, attribute_names=names)
        found = card.read(folder)
        if not found:
            return tables
        shape = card.image_shape(found, tables.features.shape[1])
        return dataclasses.replace(tables, card=found, image_shape=shape)

    def fingerprint(self, manual_dir) -> str:
        """Digests both files, the config and the version."""
        config = self.builder_config
        digest = hashlib.sha256(
            f"{self.name} {self.VERSION} {config.semantics}".encode()
        )
        folder = pathlib.Path(manual_dir) / config.folder
        for file in (source.FEATURES_FILE, splits_file(config.semantics)):
            digest.update(mat_file.digest(folder / file))
        if (folder / card.FILE).is_file():
            digest.update(mat_file.digest(folder / card.FILE))
        return digest.hexdigest()


def _missing(file, manual_dir, advice):
    return InputError(
        f"`--manual_dir` must hold {file}. Received: "
        f"manual_dir={manual_dir}; {advice}."
    )
