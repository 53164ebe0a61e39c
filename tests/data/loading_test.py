"""Loading: what TFDS wrote, in order, once on disk and once in memory."""

import gc
import subprocess
import sys

import memory
import numpy as np
import pytest
import tensorflow_datasets as tfds
import xlsa17_files

from aspn_tf.data import loading
from aspn_tf.datasets import names, prepare, zero_shot
from aspn_tf.datasets.xlsa17.write import write

COUNT, WIDTH = 8000, 4096


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Options to load 125 MB of features, prepared already."""
    directory = tmp_path_factory.mktemp("large")
    labels = np.arange(COUNT) % 8
    unseen, test = labels > 5, np.arange(COUNT) % 5 == 0
    features = np.zeros((COUNT, WIDTH), np.float32)
    features[:, 0] = np.arange(COUNT)
    write(
        directory / "LARGE",
        features=features,
        labels=labels,
        semantics=np.eye(8),
        class_names="abcdefgh",
        trainval=np.flatnonzero(~unseen & ~test),
        test_seen=np.flatnonzero(~unseen & test),
        test_unseen=np.flatnonzero(unseen),
    )
    options = {"name": "LARGE", "manual_dir": directory}
    options["data_dir"] = directory / "data"
    builder = prepare.prepare("xlsa17", **options)
    prepare.read(builder, "val_seen")  # what TensorFlow keeps for itself
    gc.collect()
    return options


@pytest.mark.skipif(not memory.COUNTED, reason="Linux counts the pages")
def test_features_are_in_memory_once_while_they_are_read(large):
    memory.peak()
    before = memory.peak()
    b = loading.load("xlsa17", **large)
    peak = memory.peak() - before
    splits = b.train, b.test_seen, b.test_unseen
    size = sum(split.features.nbytes for split in splits)
    assert size == COUNT * WIDTH * 4
    assert 0.5 * size < peak < 1.3 * size
    assert all(split.features.base is None for split in splits)


def test_features_are_on_disk_once(large):
    files = large["data_dir"].rglob("*tfrecord*")
    size = sum(file.stat().st_size for file in files)
    assert 1.0 < size / (COUNT * WIDTH * 4) < 1.05


def test_every_row_is_read_and_in_the_order_of_the_splits(large):
    b = loading.load("xlsa17", **large)
    parts = b.train, b.test_seen, b.test_unseen
    told = np.concatenate([part.features[:, 0] for part in parts]).astype(int)
    assert sorted(told) == list(range(COUNT))
    for part in parts:
        np.testing.assert_array_equal(part.features[:, 0] % 8, part.labels)
    kept = np.ones(len(b.train.labels), bool)
    kept[b.val_seen_rows] = False
    kept[np.isin(b.train.labels, b.val_unseen)] = False
    first = np.flatnonzero(kept)
    np.testing.assert_array_equal(first, np.arange(len(first)))
    assert b.val_seen_rows.tolist() == list(
        range(len(first), len(first) + len(b.val_seen_rows))
    )


@pytest.mark.slow
def test_rows_are_those_of_tfds_own_pipeline(tmp_path):
    xlsa17_files.make(tmp_path / "AWA1")
    builder = prepare.prepare(
        "awa1", manual_dir=tmp_path, data_dir=tmp_path / "data"
    )
    assert set(builder.info.splits) == set(zero_shot.SPLITS)
    for split in zero_shot.SPLITS:
        features, labels = prepare.read(builder, split)
        examples = list(tfds.as_numpy(builder.as_dataset(split=split)))
        assert len(examples) == len(labels)
        for example, row, label in zip(examples, features, labels, strict=True):
            np.testing.assert_array_equal(example["features"], row)
            assert example["label"] == label


def test_only_images_have_an_image_shape(digit_pairs, tmp_path):
    assert digit_pairs.image_shape == (8, 16)
    assert digit_pairs.training().feature_width == 8 * 16
    xlsa17_files.make(tmp_path / "AWA1")
    b = loading.load("awa1", manual_dir=tmp_path, data_dir=tmp_path / "d")
    assert b.image_shape is None


def test_the_data_sets_are_the_folders_with_a_builder():
    published = ("apy", "awa1", "awa2", "cub", "digit_pairs", "flo", "sun")
    own = (*published, "shards", "xlsa17")
    assert names.DATASETS == tuple(sorted(own))


def test_the_names_of_the_data_sets_need_no_tensorflow():
    code = (
        "import sys, aspn_tf.datasets.names\n"
        "assert not sys.modules.keys() & {'numpy', 'tensorflow'}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
