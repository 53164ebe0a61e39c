"""A large feature set of the user's own, prepared by Apache Beam."""

import pathlib
import re

import tensorflow_datasets as tfds

from aspn_tf.datasets import zero_shot
from aspn_tf.errors import InputError, needing

EMPTY = re.compile(r"generated examples is 0 for split (\w+)")  # TFDS's words


class Builder(zero_shot.ZeroShotBuilder):
    """TFDS builder; `options` makes its config."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = """
    manual_dir/NAME/ holds classes.csv and the shards trainval-*, test_seen-*
    and test_unseen-*; datasets/shards/README.md tells more.
    """

    @classmethod
    def options(cls, manual_dir=None, name=None, semantics=None) -> dict:
        """Takes the `name` of a folder below `manual_dir`."""
        zero_shot.check_folder(name)
        if not manual_dir or not pathlib.Path(manual_dir, name).is_dir():
            raise InputError(
                f"`--manual_dir` must hold the folder {name}. Received: "
                f"manual_dir={manual_dir or 'none'}."
            )
        if semantics is not None:
            raise InputError(
                "`--semantics` must go with a --dataset that has several. "
                f"Received: dataset={cls.name}, semantics={semantics}."
            )
        with needing("beam", f"--dataset={cls.name}"):
            from aspn_tf.datasets.shards import examples  # noqa: F401
        config = tfds.core.BuilderConfig(name=name, description=f"{name}.")
        return {"config": config}

    def engine(self, beam_flags) -> dict:
        """Apache Beam, in this process where the flags name no runner."""
        from apache_beam.options.pipeline_options import PipelineOptions

        from aspn_tf.datasets.shards import pipelines

        named = any(flag.startswith("--runner") for flag in beam_flags)
        return {
            "beam_runner": None if named else pipelines.RUNNER,
            "beam_options": PipelineOptions(list(beam_flags)),
        }

    def download_and_prepare(self, **options):
        """As TFDS does, of which a split without a row is refused in words."""
        try:
            super().download_and_prepare(**options)
        except ValueError as error:
            found = EMPTY.search(str(error))
            if not found:
                raise
            raise InputError(
                "The shards must have rows that can be used for every split; "
                "of the seen classes' some are for val_seen, some for "
                f"val_unseen. Received: none for {found[1]}"
            ) from error

    def tables(self, manual_dir):
        """Reads the classes, and the first row of each list of shards."""
        from aspn_tf.datasets.shards import source

        return source.read(self._folder(manual_dir))

    def fingerprint(self, manual_dir) -> str:
        """Digests the classes, the names, sizes and times of the shards."""
        from aspn_tf.datasets.shards import source

        return source.fingerprint(self._folder(manual_dir), self.VERSION)

    def _folder(self, manual_dir):
        return pathlib.Path(manual_dir, self.builder_config.name)

    def _generate_examples(self, tables, rows):
        from aspn_tf.datasets.shards import examples

        return examples.examples(tables, rows)

    def _process_pipeline_result(self, pipeline_result):
        from aspn_tf.datasets.shards import examples

        count = examples.left_out(pipeline_result)
        if count:
            notes = self.info.metadata["notes"]
            notes.append(f"{count} rows of the shards could not be used.")
