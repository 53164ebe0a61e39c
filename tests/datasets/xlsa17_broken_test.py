"""Every kind of broken file and argument gets its sentence, and no data."""

import numpy as np
import pytest
import xlsa17_files
from xlsa17_files import column

from aspn_tf.data import loading
from aspn_tf.datasets.xlsa17 import checks
from aspn_tf.errors import InputError

FEATURES = xlsa17_files.images()["features"]
LABELS = xlsa17_files.images()["labels"]
ATT = xlsa17_files.splits()["att"]


def with_value(array, where, value):
    changed = np.array(array, np.float64)
    changed[where] = value
    return changed


BROKEN = {
    "no features": ({"features": None}, "`features`.*be there"),
    "no labels": ({"labels": None}, "`labels`.*be there"),
    "no att": ({"att": None}, "`att`.*be there"),
    "no trainval_loc": ({"trainval_loc": None}, "`trainval_loc`.*be there"),
    "label 0": (
        {"labels": LABELS - 1},
        r"`labels`.*1\.\.6.*Received: 0 at position 1, .*count from 1",
    ),
    "label beyond C": (
        {"labels": with_value(LABELS, (23, 0), 7)},
        "`labels`.*Received: 7.0 at position 24",
    ),
    "label not whole": (
        {"labels": with_value(LABELS, (2, 0), 1.5)},
        "`labels`.*whole.*Received: 1.5 at position 3",
    ),
    "image number beyond N": (
        {"test_seen_loc": column([4, 8, 12, 25])},
        r"`test_seen_loc`.*1\.\.24.*Received: 25 at position 4",
    ),
    "image twice in a list": (
        {"test_seen_loc": column([4, 8, 8, 16])},
        "`test_seen_loc`.*twice.*Received: image 8",
    ),
    "image in two lists": (
        {"test_seen_loc": column([3, 4, 8, 12, 16])},
        "`trainval_loc`.*share no image with `test_seen_loc`.*image 3",
    ),
    "seen and unseen classes intersect": (
        {"test_unseen_loc": column([16, 17, 21]), "test_seen_loc": column([4])},
        '`test_unseen_loc`.*Received: class 4 ."dog".',
    ),
    "test_seen of a class without training": (
        {"test_seen_loc": column([4, 20]), "test_unseen_loc": column([17, 21])},
        '`test_seen_loc`.*Received: class 5 ."elk".',
    ),
    "class without images": (
        {"att": np.ones((2, 7)), "allclasses_names": None},
        '`att`.*Received: class 7 ."class_007".',
    ),
    "NaN features": (
        {"features": with_value(FEATURES, (1, 4), np.nan)},
        "`features`.*finite.*nan in row 2 of image 5, 1 such",
    ),
    "infinite features": (
        {"features": with_value(FEATURES, (0, 0), np.inf)},
        "`features`.*finite.*inf in row 1 of image 1",
    ),
    "features beyond float32": (
        {"features": with_value(FEATURES, (0, 0), 1e300)},
        "`features`.*finite in float32.*1e[+]300",
    ),
    "NaN semantics": (
        {"att": with_value(ATT, (1, 2), np.nan)},
        "`att`.*finite.*nan in row 2 of class 3",
    ),
    "fewer features than labels": (
        {"features": FEATURES[:, :-1]},
        r"`features`.*so 24.*Received: shape=\(3, 23\)",
    ),
    "transposed features": ({"features": FEATURES.T}, "transpose it"),
    "features are text": (
        {"features": xlsa17_files.cells(["a"])},
        "`features`.*real numbers",
    ),
    "empty split": (
        {"test_unseen_loc": np.zeros((0, 1))},
        "`test_unseen_loc`.*not be empty",
    ),
    "too few names": (
        {"allclasses_names": xlsa17_files.cells(["a", "b"])},
        "`allclasses_names`.*so 6.*Received: 2 names",
    ),
    "names repeat": (
        {"allclasses_names": xlsa17_files.cells(list("abcdea"))},
        '`allclasses_names`.*distinct.*"a"',
    ),
    "one image a class": (
        {"trainval_loc": column([1, 5, 9, 13])},
        "`trainval_loc`.*two images",
    ),
}


def refused(tmp_path, match, dataset="awa1", **options):
    """Loads, expects one sentence and no prepared data."""
    options.setdefault("manual_dir", tmp_path)
    data_dir = options.setdefault("data_dir", tmp_path / "prepared")
    with pytest.raises(InputError, match=match) as caught:
        loading.load(dataset, **options)
    message = str(caught.value)
    assert "Received: " in message and "\n" not in message
    assert message.endswith(".")
    assert not data_dir.is_dir()
    return message


def test_a_number_alone_is_a_list_of_one():
    labels = checks.ids(
        "res101.mat", "labels", {"labels": np.array(2.0)}, 3, ""
    )
    assert labels.tolist() == [1]


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_variable_is_named(tmp_path, kind):
    changed, match = BROKEN[kind]
    xlsa17_files.make(tmp_path / "AWA1", **changed)
    message = refused(tmp_path, match)
    assert "AWA1/" in message and ".mat" in message


@pytest.mark.parametrize("file", ["res101.mat", "att_splits.mat"])
@pytest.mark.parametrize("content", [b"", b"image,label\n1,2\n" * 20])
def test_file_that_is_not_mat_is_named(tmp_path, file, content):
    xlsa17_files.make(tmp_path / "AWA1")
    (tmp_path / "AWA1" / file).write_bytes(content)
    refused(tmp_path, f"AWA1/{file} must be a MAT file")


@pytest.mark.parametrize("save", [xlsa17_files.save_v5, xlsa17_files.save_v73])
def test_half_downloaded_file_is_named(tmp_path, save):
    xlsa17_files.make(tmp_path / "AWA1", save)
    path = tmp_path / "AWA1" / "res101.mat"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    refused(tmp_path, "AWA1/res101.mat must be a MAT file, whole")


def test_structure_in_version_7_3_is_named(tmp_path):
    import h5py

    xlsa17_files.make(tmp_path / "AWA1", xlsa17_files.save_v73)
    with h5py.File(tmp_path / "AWA1" / "res101.mat", "r+") as file:
        del file["features"]
        file.create_group("features")
    refused(tmp_path, "res101.mat must.*`features` as a structure")


@pytest.mark.parametrize("missing", ["res101.mat", "att_splits.mat"])
def test_missing_file_is_named(tmp_path, missing):
    xlsa17_files.make(tmp_path / "AWA1")
    (tmp_path / "AWA1" / missing).unlink()
    refused(tmp_path, f"`--manual_dir` must hold AWA1/{missing}")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"dataset": "imagenet"}, "`--dataset` must be one of apy, awa1, awa2"),
        ({"manual_dir": None}, "AWA1/res101.mat must be in --manual_dir"),
        ({"semantics": "word2vec"}, "`--semantics` must be one of att, sent"),
        ({"semantics": "sent"}, "AWA1/sent_splits.mat.*--semantics=att is"),
        ({"name": "AWA1"}, "`--name` must go with --dataset=xlsa17"),
        ({"dataset": "xlsa17"}, "`--name` must be the name of a folder"),
        ({"dataset": "xlsa17", "name": "../AWA1"}, "`--name` must be"),
        ({"dataset": "xlsa17", "name": "MINE"}, "must hold MINE/res101.mat"),
        ({"dataset": "digit_pairs"}, "`--manual_dir` must go with"),
        (
            {"dataset": "digit_pairs", "manual_dir": None, "semantics": "att"},
            "`--semantics` must go with",
        ),
        (
            {"dataset": "digit_pairs", "name": "AWA1"},
            "`--name` must go with --dataset=xlsa17",
        ),
    ],
)
def test_argument_is_named(tmp_path, options, match):
    xlsa17_files.make(tmp_path / "AWA1")
    refused(tmp_path, match, **options)


def test_missing_manual_dir_is_said_so(tmp_path):
    refused(tmp_path, "no such folder", manual_dir=tmp_path / "nowhere")


def test_data_dir_that_cannot_be_written_is_named(tmp_path):
    xlsa17_files.make(tmp_path / "AWA1")
    occupied = tmp_path / "file"
    occupied.write_text("")
    refused(tmp_path, "`--data_dir` must be", data_dir=occupied / "d")
