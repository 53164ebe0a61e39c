"""The TFDS builder that all data sets in the xlsa17 layout share."""

import dataclasses
import hashlib
import pathlib

import tensorflow_datasets as tfds

from aspn_tf.datasets import zero_shot
from aspn_tf.datasets.xlsa17 import mat_file, source

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

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}
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

    def tables(self, manual_dir) -> zero_shot.Tables:
        """Reads and checks the two files."""
        config = self.builder_config
        folder = pathlib.Path(manual_dir) / config.folder
        tables = source.read_tables(folder, splits_file(config.semantics))
        names = self.ATTRIBUTE_NAMES
        if config.semantics == "att" and not tables.attribute_names:
            if len(names) == tables.semantics.shape[1]:
                tables = dataclasses.replace(tables, attribute_names=names)
        return tables

    def fingerprint(self, manual_dir) -> str:
        """Digests both files, the config and the version."""
        config = self.builder_config
        digest = hashlib.sha256(
            f"{self.name} {self.VERSION} {config.semantics}".encode()
        )
        folder = pathlib.Path(manual_dir) / config.folder
        for file in (source.FEATURES_FILE, splits_file(config.semantics)):
            digest.update(mat_file.digest(folder / file))
        return digest.hexdigest()
