"""Damage led by what our MAT reader does with it; needs atheris.

    pip install atheris
    PYTHONPATH=benchmarks:. python -m fuzzing.guided -max_total_time=300

Arguments are libFuzzer's.
"""

import pathlib
import sys
import tempfile

import atheris

with atheris.instrument_imports(include=["aspn_tf.datasets"]):
    from aspn_tf.datasets.xlsa17 import mat_file
from aspn_tf.errors import InputError
from fuzzing import matlab

KEYS = ("features", "labels", "att", "allclasses_names", "trainval_loc")


def main():
    """Reads until an error other than `InputError`, or the end."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "file.mat"
        corpus = pathlib.Path(folder) / "corpus"
        corpus.mkdir()
        for number, data in enumerate(matlab.fives() + matlab.olds()):
            (corpus / str(number)).write_bytes(data)

        def read(data):
            path.write_bytes(data)
            try:
                mat_file.read(path, KEYS)
            except InputError:
                pass

        atheris.Setup([*sys.argv, str(corpus)], read)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
