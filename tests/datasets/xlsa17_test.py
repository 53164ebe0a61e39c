"""Reading, validation partition, preparation and writing of xlsa17 files."""

import importlib
import os
import pathlib
import re
import shutil

import h5py
import numpy as np
import pytest
import scipy.io
import xlsa17_files

from aspn_tf.data import loading
from aspn_tf.datasets import zero_shot
from aspn_tf.datasets.xlsa17 import source, validation
from aspn_tf.datasets.xlsa17.write import write
from aspn_tf.errors import InputError

README = pathlib.Path(__file__).parents[2] / "datasets/xlsa17/README.md"
REAL = os.environ.get("ASPN_TF_SHARED_DATA")


def rows_of(tables, *splits):
    """The sorted rows of splits, none of them twice."""
    rows = np.sort(np.concatenate([tables.rows[split] for split in splits]))
    assert len(np.unique(rows)) == len(rows)
    return rows


@pytest.mark.parametrize("save", [xlsa17_files.save_v5, xlsa17_files.save_v73])
def test_both_mat_versions_give_the_published_lists(tmp_path, save):
    xlsa17_files.make(tmp_path / "X", save)
    tables = source.read_tables(tmp_path / "X", "att_splits.mat")
    assert tables.features.dtype == np.float32
    np.testing.assert_array_equal(tables.features[1], [0.375, 0.5, 0.625])
    np.testing.assert_array_equal(tables.labels, np.repeat(np.arange(6), 4))
    np.testing.assert_array_equal(tables.semantics[5], [10, 11])
    assert tables.class_names == tuple(xlsa17_files.NAMES)
    assert tables.rows["test_seen"].tolist() == [3, 7, 11, 15]
    assert tables.rows["test_unseen"].tolist() == list(range(16, 24))
    trainval = [row for row in range(16) if row % 4 != 3]
    assert rows_of(tables, *zero_shot.TRAINVAL).tolist() == trainval
    assert tables.classes("val_unseen") == [3]
    assert tables.notes == ()


def test_hdf5_without_matlab_marks_is_taken_as_it_lies(tmp_path):
    import h5py

    xlsa17_files.make(tmp_path / "X")
    with h5py.File(tmp_path / "X" / "res101.mat", "w") as file:
        for key, value in xlsa17_files.images().items():
            file[key] = value
    tables = source.read_tables(tmp_path / "X", "att_splits.mat")
    np.testing.assert_array_equal(tables.features[1], [0.375, 0.5, 0.625])


def test_padded_character_matrix_names_the_classes(tmp_path):
    names = np.array([n.ljust(5) for n in xlsa17_files.NAMES])
    xlsa17_files.make(tmp_path / "X", allclasses_names=names)
    tables = source.read_tables(tmp_path / "X", "att_splits.mat")
    assert tables.class_names == tuple(xlsa17_files.NAMES)


def test_missing_names_and_lists_are_noted(tmp_path):
    xlsa17_files.make(
        tmp_path / "X", allclasses_names=None, train_loc=None, val_loc=None
    )
    tables = source.read_tables(tmp_path / "X", "att_splits.mat")
    assert tables.class_names[0] == "class_001"
    assert len(tables.classes("val_unseen")) == 1
    assert len(tables.notes) == 2
    assert "fixed seed" in tables.notes[1]


def test_validation_classes_come_from_val_loc_within_trainval():
    labels = np.array([0, 0, 1, 1, 2, 2])
    # Image 5, of class 2, is in val_loc but only a test image.
    chosen, note = validation.validation_classes(
        labels, np.array([0, 2, 4]), np.array([0, 1, 4]), np.array([2, 3, 5])
    )
    assert chosen.tolist() == [1] and note is None


def test_drawn_validation_classes_are_a_third_and_always_the_same():
    labels = np.arange(30)
    draws = [
        validation.validation_classes(labels, labels, None, None)[0]
        for _ in range(2)
    ]
    assert len(draws[0]) == 10
    np.testing.assert_array_equal(*draws)


def test_val_seen_is_a_fifth_of_each_class_and_never_all_of_it():
    labels = np.repeat([0, 1, 2, 3], [10, 2, 1, 5])
    rows = validation.partition(labels, np.arange(18), [3])
    counts = np.bincount(labels[rows["val_seen"]], minlength=3)
    assert counts.tolist() == [2, 1, 0]
    assert rows["val_unseen"].tolist() == [13, 14, 15, 16, 17]
    union = np.concatenate([rows[k] for k in rows])
    assert sorted(union.tolist()) == list(range(18))


@pytest.mark.parametrize(
    "dataset", ["awa1", "awa2", "cub", "flo", "sun", "apy"]
)
def test_every_published_builder_round_trips(tmp_path, dataset):
    xlsa17_files.make(tmp_path / dataset.upper())
    b = loading.load(dataset, manual_dir=tmp_path, data_dir=tmp_path / "d")
    tables = source.read_tables(tmp_path / dataset.upper(), "att_splits.mat")
    np.testing.assert_array_equal(b.semantics, tables.semantics)
    for split in ("test_seen", "test_unseen"):
        rows = tables.rows[split]
        kept = getattr(b, split)
        np.testing.assert_array_equal(kept.features, tables.features[rows])
        np.testing.assert_array_equal(kept.labels, tables.labels[rows])
    trainval = tables.features[rows_of(tables, *zero_shot.TRAINVAL)]
    order = np.argsort(b.train.features[:, 0])
    np.testing.assert_array_equal(b.train.features[order], trainval)
    assert b.seen.tolist() == [0, 1, 2, 3] and b.unseen.tolist() == [4, 5]


def test_cub_prefers_sentences_and_semantics_chooses(tmp_path):
    xlsa17_files.make(tmp_path / "CUB")
    xlsa17_files.make(
        tmp_path / "CUB", splits_file="sent_splits.mat", att=np.ones((7, 6))
    )
    widths = [
        loading.load(
            "cub", manual_dir=tmp_path, semantics=s, data_dir=tmp_path / "d"
        ).semantics_width
        for s in (None, "sent", "att")
    ]
    assert widths == [7, 7, 2]


def test_own_data_keep_their_attribute_names(tmp_path):
    names = xlsa17_files.cells(["small", "tall"])
    xlsa17_files.make(tmp_path / "my data", attribute_names=names)
    b = loading.load(
        "xlsa17", manual_dir=tmp_path, name="my data", data_dir=tmp_path / "d"
    )
    assert b.name == "my data" and b.attribute_names == ("small", "tall")


def test_changed_files_are_prepared_again_and_others_reused(tmp_path, capsys):
    def load():
        capsys.readouterr()
        b = loading.load("awa1", manual_dir=tmp_path, data_dir=tmp_path / "d")
        return b, capsys.readouterr()

    xlsa17_files.make(tmp_path / "AWA1")
    first, said = load()
    assert said.err == "Preparing awa1, once.\n" and said.out == ""
    again, said = load()
    assert said.err == "" and again.fingerprint == first.fingerprint
    changed = xlsa17_files.images()["features"] + 1
    xlsa17_files.make(tmp_path / "AWA1", features=changed)
    b, said = load()
    assert said.err and b.fingerprint != first.fingerprint
    np.testing.assert_array_equal(
        b.train.features, first.train.features + np.float32(1)
    )


def test_refused_change_leaves_the_prepared_data_and_nothing_else(tmp_path):
    xlsa17_files.make(tmp_path / "AWA1")
    options = {"manual_dir": tmp_path, "data_dir": tmp_path / "d"}
    first = loading.load("awa1", **options)
    files = sorted((tmp_path / "d").rglob("*"))
    shutil.copytree(tmp_path / "AWA1", tmp_path / "kept")
    xlsa17_files.make(tmp_path / "AWA1", labels=None)
    with pytest.raises(InputError):
        loading.load("awa1", **options)
    assert sorted((tmp_path / "d").rglob("*")) == files
    shutil.rmtree(tmp_path / "AWA1")
    shutil.move(tmp_path / "kept", tmp_path / "AWA1")
    assert loading.load("awa1", **options).fingerprint == first.fingerprint


def accuracy_by_ridge(b):
    """T of the nearest prototype, by a ridge from semantics to features."""
    semantics = np.insert(b.semantics, 0, 1.0, axis=1)
    given = semantics[b.train.labels]
    ridge = given.T @ given + np.eye(semantics.shape[1])
    weights = np.linalg.solve(ridge, given.T @ b.train.features)
    prototypes = semantics[b.unseen] @ weights
    gaps = b.test_unseen.features[:, None] - prototypes
    nearest = np.square(gaps).sum(2).argmin(1)
    return (b.unseen[nearest] == b.test_unseen.labels).mean()


def test_readme_example_writes_data_that_can_be_learnt(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)[1]
    exec(compile(code, str(README), "exec"), {})
    b = loading.load(
        "xlsa17", manual_dir="mydata", name="ANIMALS", data_dir=tmp_path / "d"
    )
    assert b.class_names[0] == "cat" and "striped" in b.attribute_names
    assert [b.class_names[i] for i in b.unseen[:2]] == ["zebra", "tiger"]
    assert accuracy_by_ridge(b) > 0.9
    assert accuracy_by_ridge(b.validation()) > 0.7


def test_write_refuses_before_writing(tmp_path):
    with pytest.raises(InputError, match="`att`.*be finite"):
        write(
            tmp_path / "X",
            features=np.ones((6, 2)),
            labels=[0, 0, 1, 1, 2, 3],
            semantics=np.full((4, 2), np.nan),
            class_names="abcd",
            trainval=[0, 2],
            test_seen=[1, 3],
            test_unseen=[4, 5],
        )
    assert not (tmp_path / "X").exists()


FOUR = {
    "features": np.arange(18, dtype=np.float32).reshape(6, 3),
    "labels": [0, 0, 1, 1, 2, 3],
    "semantics": np.eye(5, 2),
    "class_names": "abcde",
    "trainval": [0, 2],
    "test_seen": [1, 3],
    "test_unseen": [4, 5],
    "without_images": [4],
}


def test_more_than_version_5_can_hold_is_written_as_version_7_3(
    tmp_path, monkeypatch
):
    module = importlib.import_module("aspn_tf.datasets.xlsa17.write")
    many = {**FOUR, "trainval": [0, 1, 2, 3], "test_seen": []}
    write(tmp_path / "A", **many)
    monkeypatch.setattr(module, "_MAX_BYTES", 50)
    write(tmp_path / "B", **many)
    assert not h5py.is_hdf5(tmp_path / "A/res101.mat")
    path = tmp_path / "B/res101.mat"
    assert h5py.is_hdf5(path)
    assert path.read_bytes().startswith(b"MATLAB 7.3 MAT-file")
    one, other = (
        source.read_tables(tmp_path / name, "att_splits.mat") for name in "AB"
    )
    np.testing.assert_array_equal(one.features, many["features"])
    np.testing.assert_array_equal(one.features, other.features)
    np.testing.assert_array_equal(one.labels, other.labels)


def test_a_class_may_have_no_images_where_the_file_says_so(tmp_path):
    many = {**FOUR, "trainval": [0, 1, 2, 3], "test_seen": []}
    write(tmp_path / "X", **many)
    b = loading.load(
        "xlsa17", manual_dir=tmp_path, name="X", data_dir=tmp_path / "d"
    )
    assert b.seen.tolist() == [0, 1] and b.unseen.tolist() == [2, 3, 4]
    assert b.test_unseen.labels.tolist() == [2, 3]
    assert b.test_seen.features.shape == (0, 3)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"without_images": None}, "`att`.*describe only classes"),
        ({"without_images": [3, 4]}, "`without_images`.*no list has"),
        ({"without_images": [0, 4]}, "`without_images`.*no list has"),
        ({"without_images": [5]}, r"`without_images`.*1\.\.5"),
        ({"without_images": []}, "`att`.*describe only classes"),
        (
            {"without_images": None, "test_unseen": []},
            "`test_unseen_loc`.*not be empty",
        ),
    ],
)
def test_a_class_without_images_must_be_said_to_be_one(
    changes, match, tmp_path
):
    many = {**FOUR, "trainval": [0, 1, 2, 3], "test_seen": [], **changes}
    if changes["without_images"] is None:
        many |= {"trainval": [0, 2], "test_seen": [1, 3]}
    with pytest.raises(InputError, match=match):
        write(tmp_path / "X", **many)


def test_what_was_there_stays_where_writing_fails(tmp_path, monkeypatch):
    many = {**FOUR, "trainval": [0, 1, 2, 3], "test_seen": []}
    write(tmp_path / "X", **many)
    before = {p.name: p.read_bytes() for p in (tmp_path / "X").iterdir()}

    def full(path, variables):
        if "att" in variables:
            raise OSError(28, "No space left on device")
        scipy_save(path, variables)

    scipy_save = scipy.io.savemat
    monkeypatch.setattr(scipy.io, "savemat", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path / "X", **{**many, "features": np.ones((6, 3))})
    after = {p.name: p.read_bytes() for p in (tmp_path / "X").iterdir()}
    assert after == before


@pytest.mark.parametrize("cut", [0, 1, 2])
def test_a_cut_between_its_files_never_leaves_one_of_each(
    cut, tmp_path, monkeypatch
):
    many = {**FOUR, "trainval": [0, 1, 2, 3], "test_seen": []}
    new = {**many, "features": np.ones((6, 3)), "card": {"of": "the new"}}
    write(tmp_path / "X", **many)
    moves = []

    def replace(path, target):
        moves.append(target)
        if len(moves) > cut:
            raise KeyboardInterrupt
        os.replace(path, target)

    monkeypatch.setattr(pathlib.Path, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "X", **new)
    assert not (tmp_path / "X" / "att_splits.mat").exists()
    monkeypatch.undo()
    (tmp_path / "X" / ".part-of-a-dead-process").mkdir()
    write(tmp_path / "X", **new)
    assert {path.name for path in (tmp_path / "X").iterdir()} == {
        *("att_splits.mat", "card.json", "res101.mat", ".lock")
    }


@pytest.mark.skipif(not REAL, reason="needs ASPN_TF_SHARED_DATA")
@pytest.mark.parametrize(
    ("folder", "file", "counts"),
    [
        ("AWA1", "att_splits.mat", (19832, 4958, 5685)),
        ("CUB", "att_splits.mat", (3396, 836, 1610)),
        ("CUB", "sent_splits.mat", (3396, 836, 1610)),
    ],
)
def test_real_files_have_their_official_counts(folder, file, counts):
    tables = source.read_tables(pathlib.Path(REAL) / folder, file)
    splits = (zero_shot.TRAINVAL, ("test_seen",), ("test_unseen",))
    assert tuple(len(rows_of(tables, *s)) for s in splits) == counts
    lists = scipy.io.loadmat(pathlib.Path(REAL) / folder / file)
    val_loc = np.intersect1d(lists["val_loc"], lists["trainval_loc"]) - 1
    assert sorted(tables.rows["val_unseen"]) == val_loc.tolist()
