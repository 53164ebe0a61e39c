"""The names of the data sets: one for each folder that holds a builder."""

import pathlib

DATASETS = tuple(
    sorted(
        folder.name
        for folder in pathlib.Path(__file__).parent.iterdir()
        if (folder / f"{folder.name}_dataset_builder.py").is_file()
    )
)
