"""Data of the user's own in the xlsa17 layout, under any folder name."""

import re

from aspn_tf.datasets import zero_shot
from aspn_tf.datasets.xlsa17 import base


class Builder(base.Xlsa17Builder):
    """TFDS builder; make its config with `config`."""

    @classmethod
    def options(cls, manual_dir=None, name=None, semantics=None) -> dict:
        """Takes the `name` of a folder below `manual_dir` as well."""
        zero_shot.check_folder(name)
        return {
            "config": config(name, cls._chosen(manual_dir, name, semantics))
        }


def config(folder: str, semantics: str = "att") -> base.Config:
    """Returns the builder config of the user's folder.

    Args:
      folder: name of the folder below `manual_dir`.
      semantics: "att" or "sent".
    """
    plain = re.sub(r"[^\w-]", "_", folder)
    return base.Config(
        name=f"{plain}_{semantics}",
        description=f"{folder} with {base.splits_file(semantics)}.",
        folder=folder,
        semantics=semantics,
    )
