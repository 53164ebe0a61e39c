"""The data set that Beam prepares: what comes out of which files."""

import os
import pathlib
import types

import numpy as np
import pytest
import tensorflow_datasets as tfds

pytest.importorskip("apache_beam")

import shard_files  # noqa: E402

from aspn_tf.data import loading  # noqa: E402
from aspn_tf.datasets import prepare  # noqa: E402
from aspn_tf.datasets.shards import source  # noqa: E402
from aspn_tf.errors import InputError  # noqa: E402

NAMES = [f"c{at}" for at in range(8)]  # the last two are unseen
WIDTH, ROWS = 3, 60
TWO_WORKERS = [
    "--direct_num_workers=2",
    "--direct_running_mode=multi_processing",
]


def rows(first, last, number):
    """Features (n, d), whose first tells them apart, and labels (n,)."""
    stream = np.random.default_rng(number)
    labels = stream.integers(first, last, ROWS)
    labels[: last - first] = np.arange(first, last)
    features = stream.normal(size=(ROWS, WIDTH)).astype(np.float32)
    features[:, 0] = 1000 * number + np.arange(ROWS)
    return features, labels


LISTS = {
    "trainval-0": rows(0, 6, 0),
    "trainval-1": rows(0, 6, 1),
    "test_seen-0": rows(0, 6, 2),
    "test_unseen-0": rows(6, 8, 3),
}


@pytest.fixture
def folder(tmp_path):
    """A folder of shards: labels by number and by name."""
    place = tmp_path / "own" / "BIG"
    place.mkdir(parents=True)
    lines = [
        f"{name},{'yes' if at >= 6 else 'no'},{at},{at * at}"
        for at, name in enumerate(NAMES)
    ]
    (place / "classes.csv").write_text(
        "\n".join(["class,unseen,one,two", *lines])
    )
    for name, (features, labels) in LISTS.items():
        if name.startswith("trainval"):
            path = place / f"{name}.parquet"
            shard_files.columns(path, features, label=labels)
        else:
            names = [NAMES[label] for label in labels]
            path = place / f"{name}.tfrecord"
            shard_files.records(path, features, label=names)
    return place


def load(folder):
    """The `Benchmark`."""
    return loading.load(
        "shards",
        manual_dir=folder.parent,
        name=folder.name,
        data_dir=folder.parents[1] / "data",
    )


def of(*names):
    features, labels = zip(*(LISTS[name] for name in names), strict=True)
    return np.concatenate(features), np.concatenate(labels)


def assert_same(split, wanted):
    features, labels = wanted
    order, other = split.features[:, 0].argsort(), features[:, 0].argsort()
    np.testing.assert_array_equal(split.features[order], features[other])
    np.testing.assert_array_equal(split.labels[order], labels[other])


@pytest.mark.slow
@pytest.mark.parametrize(
    "flags", [[], pytest.param(TWO_WORKERS, marks=pytest.mark.long)]
)
def test_the_benchmark_has_the_rows_of_the_shards(folder, monkeypatch, flags):
    monkeypatch.setenv("PYTHONPATH", str(pathlib.Path(__file__).parents[2]))
    prepare.prepare(
        "shards",
        manual_dir=folder.parent,
        name=folder.name,
        data_dir=folder.parents[1] / "data",
        beam_flags=flags,
    )
    made = load(folder)
    assert_same(made.train, of("trainval-0", "trainval-1"))
    assert_same(made.test_seen, of("test_seen-0"))
    assert_same(made.test_unseen, of("test_unseen-0"))
    assert made.class_names == tuple(NAMES)
    assert made.attribute_names == ("one", "two")
    np.testing.assert_array_equal(made.semantics[3], [3, 9])
    assert made.unseen.tolist() == [6, 7] and len(made.val_unseen) == 2
    held_out = made.train.labels[made.val_seen_rows]
    assert not np.isin(held_out, made.val_unseen).any()
    rest = (~np.isin(made.train.labels, made.val_unseen)).sum()
    assert 0.1 < len(held_out) / rest < 0.3
    assert made.validation().class_count == 6


@pytest.mark.slow
def test_what_cannot_be_used_is_left_out_and_counted(folder):
    features, labels = rows(0, 6, 1)
    features[7, 1] = np.nan
    texts = [str(label) for label in labels]
    texts[8], texts[9], texts[10] = "6", "nobody", "c0"
    path = folder / "trainval-1.parquet"
    shard_files.columns(path, features, label=texts)
    made = load(folder)
    assert made.notes[-1] == "3 rows of the shards could not be used."
    kept = np.setdiff1d(np.arange(ROWS), [7, 8, 9])
    labels[10] = 0
    other = of("trainval-0")
    wanted = (
        np.concatenate([other[0], features[kept]]),
        np.concatenate([other[1], labels[kept]]),
    )
    assert_same(made.train, wanted)


@pytest.mark.slow
@pytest.mark.long
def test_a_shard_that_cannot_be_read_ends_it(folder):
    path = folder / "trainval-1.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"one that can be read.*trainval-1"):
        load(folder)
    assert not any((folder.parents[1] / "data" / "shards" / "BIG").iterdir())


@pytest.mark.slow
@pytest.mark.long
def test_a_seen_class_without_a_row_is_refused(folder):
    lines = (folder / "classes.csv").read_text()
    (folder / "classes.csv").write_text(f"{lines}\nbare,no,1,1\n")
    with pytest.raises(InputError, match="Received: bare without"):
        load(folder)


def test_the_fingerprint_tells_other_files(folder):
    told = {source.fingerprint(folder, 1), source.fingerprint(folder, 2)}
    os.utime(folder / "test_seen-0.tfrecord", (1, 1))
    told.add(source.fingerprint(folder, 1))
    (folder / "trainval-2.parquet").write_bytes(b"")
    told.add(source.fingerprint(folder, 1))
    (folder / "classes.csv").write_text("class")
    told.add(source.fingerprint(folder, 1))
    assert len(told) == 5


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": None}, "`--name` must"),
        ({"name": "a/b"}, "`--name` must"),
        ({"name": "OTHER"}, "must hold the folder OTHER"),
        ({"manual_dir": None}, "`--manual_dir` must"),
        ({"semantics": "att"}, "`--semantics` must"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(folder, given, said):
    asked = {"manual_dir": folder.parent, "name": "BIG", **given}
    with pytest.raises(InputError, match=said):
        prepare.prepare("shards", **asked)


def test_shards_of_different_widths_are_refused(folder):
    shard_files.columns(
        folder / "test_seen-0.parquet", np.zeros((2, 4)), label=[0, 1]
    )
    with pytest.raises(InputError, match="as many numbers"):
        source.read(folder)


def test_a_folder_without_shards_is_refused(folder):
    for path in folder.glob("trainval*"):
        path.unlink()
    with pytest.raises(InputError, match="must hold shards"):
        source.read(folder)


def test_a_first_shard_that_is_damaged_is_refused(folder):
    (folder / "trainval-0.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="a shard that can be read"):
        source.read(folder)


def test_a_split_without_a_row_is_refused(folder, monkeypatch):
    def empty(self, **options):  # what a pipeline does there, without one
        template = types.SimpleNamespace(split="val_seen")
        writer = types.SimpleNamespace(_filename_template=template)
        tfds.core.writer.BeamWriter._check_num_examples(writer, 0)

    builder = tfds.core.GeneratorBasedBuilder
    monkeypatch.setattr(builder, "download_and_prepare", empty)
    with pytest.raises(InputError, match="none for val_seen"):
        load(folder)
