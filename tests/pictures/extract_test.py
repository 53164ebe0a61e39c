"""Features of pictures: the right row, each once, kept and gone on with."""

import os
import zipfile

import numpy as np
import pytest
from picture_folder import fill, picture

from aspn_tf.errors import InputError
from aspn_tf.pictures import backbone, decoding, extract, folders


class Counting:
    """Mean colours, and how many pictures were asked about."""

    def __init__(self):
        self.asked = 0
        self.backbone = backbone.Backbone(
            "colours", (6, 6), "RGB", "1", self.colours
        )

    def colours(self, batch):
        self.asked += len(batch)
        return batch.mean(axis=(1, 2))


@pytest.fixture
def counting():
    return Counting()


@pytest.fixture
def paths(tmp_path):
    fill(tmp_path / "in", {"a": 10, "b": 90, "c": 250}, 4)
    found = folders.found(tmp_path / "in")
    return [path for own in found.values() for path in own]


def expected(path):
    return decoding.pixels(path, (6, 6), "RGB").mean(axis=(0, 1))


def assert_right(paths, found, places):
    for row, place in zip(found, places, strict=True):
        np.testing.assert_allclose(row, expected(paths[place]), rtol=1e-6)


def test_every_row_is_of_its_picture(paths, counting, tmp_path):
    paths.insert(5, tmp_path / "in/b/broken.png")
    paths[5].write_bytes(b"no")
    parts = list(extract.features(paths, counting.backbone, batch_size=4))
    assert [len(found) for found, *_ in parts] == [4, 3, 4, 1]
    for found, places, bad in parts:
        assert_right(paths, found, places)
        assert set(bad) <= {5}
    assert "broken.png" in parts[1][2][5]


def test_a_batch_without_a_picture_is_no_batch_of_features(counting, tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(b"")
    ((found, places, bad),) = extract.features([path], counting.backbone)
    assert len(found) == len(places) == 0 and set(bad) == {0}


def test_what_was_made_is_not_made_again(paths, counting, tmp_path):
    keep = tmp_path / "kept"
    found, places, bad = extract.kept(paths, counting.backbone, keep)
    assert_right(paths, found, places)
    assert places.tolist() == list(range(12)) and not bad
    assert counting.asked == 12
    moved = [paths[0].rename(tmp_path / "moved.png"), *paths[1:]]
    picture(33, 9.0, 77).save(tmp_path / "new.png")
    moved.append(tmp_path / "new.png")
    again, places, _ = extract.kept(moved, counting.backbone, keep)
    assert counting.asked == 13
    np.testing.assert_array_equal(again[:12], found)
    assert_right(moved, again, places)


def test_another_backbone_has_features_of_its_own(paths, counting, tmp_path):
    keep = tmp_path / "kept"
    extract.kept(paths, counting.backbone, keep)
    other = backbone.named("grey_pixels", size=(2, 3))
    found, *_ = extract.kept(paths, other, keep)
    assert found.shape == (12, 6)
    assert counting.asked == 12


def test_a_stopped_run_goes_on_at_its_last_shard(
    paths, counting, tmp_path, monkeypatch
):
    monkeypatch.setattr(extract, "SHARD", 5)
    keep, batches = tmp_path / "kept", []

    def stopping(batch):
        batches.append(len(batch))
        if sum(batches) > 10:
            raise KeyboardInterrupt
        return counting.colours(batch)

    stopped = backbone.Backbone("colours", (6, 6), "RGB", "1", stopping)
    with pytest.raises(KeyboardInterrupt):
        extract.kept(paths, stopped, keep)
    found, places, _ = extract.kept(paths, counting.backbone, keep)
    assert_right(paths, found, places)
    assert counting.asked == 12 and not list(keep.rglob("*.part"))


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no", None])
def test_a_damaged_shard_is_made_again(damage, paths, counting, tmp_path):
    keep = tmp_path / "kept"
    extract.kept(paths, counting.backbone, keep)
    (shard,) = keep.rglob("*.npz")
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 0xFF
    shard.write_bytes(bytes(content) if damage is None else damage)
    found, places, _ = extract.kept(paths, counting.backbone, keep)
    assert counting.asked == 24
    assert_right(paths, found, places)


def no_arrays(path, **content):
    with zipfile.ZipFile(path, "w") as archive:
        for name in content:
            archive.writestr(f"{name}.npy", "words")


def test_shards_of_other_content_are_made_again(paths, counting, tmp_path):
    home = tmp_path / "kept"
    extract.kept(paths, counting.backbone, home)
    (shard,) = home.rglob("*.npz")
    whole = dict(np.load(shard))
    (shard.parent / "a.npz").mkdir()
    os.mkfifo(shard.parent / "b.npz")
    (shard.parent / "c.npz").symlink_to("c.npz")
    rows, digests = whole["features"], whole["digests"]
    for number, (save, content) in enumerate(
        (
            (np.savez_compressed, whole),
            (no_arrays, whole),
            (np.savez, {"digests": digests, "features": rows.astype("f8")}),
            (np.savez, {"digests": digests, "features": rows[:, 0]}),
            (np.savez, {"digests": digests.astype(object), "features": rows}),
        )
    ):
        save(shard, **content)
        found, places, _ = extract.kept(paths, counting.backbone, home)
        assert counting.asked == 12 * (number + 2)
        assert_right(paths, found, places)


def test_a_picture_counts_once_however_often_it_is_there(
    paths, counting, tmp_path
):
    copy = tmp_path / "copy.png"
    copy.write_bytes(paths[2].read_bytes())
    _, places, bad = extract.kept([*paths, copy], counting.backbone, tmp_path)
    assert places.tolist() == list(range(12))
    assert bad == {12: f"{copy} is the same picture as {paths[2]}"}


def test_a_file_that_cannot_be_read_is_named(paths, counting, tmp_path):
    gone = [*paths, tmp_path / "gone.png"]
    _, places, bad = extract.kept(gone, counting.backbone, tmp_path / "kept")
    assert len(places) == 12
    assert "gone.png" in bad[12]


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (lambda batch: batch.mean(axis=(1, 2))[:-1], "one row a picture"),
        (lambda batch: batch, "one row a picture"),
        (lambda batch: np.full((len(batch), 2), np.nan), "finite"),
    ],
)
def test_a_backbone_must_answer_as_it_should(answer, match, paths, tmp_path):
    wrong = backbone.Backbone("wrong", (6, 6), "RGB", "1", answer)
    with pytest.raises(InputError, match=match):
        extract.kept(paths, wrong, tmp_path)
    assert not list(tmp_path.rglob("*.npz"))


def test_names_beyond_unicode_and_with_spaces_are_files_too(counting, tmp_path):
    import os

    names = [b"a b.png", "\u00fc\u4e2d.png".encode(), b"\xff\xfe.png"]
    made = []
    for k, name in enumerate(names):
        path = tmp_path / os.fsdecode(name)
        picture(80 * k).save(path)
        made.append(path)
    ((found, places, bad),) = extract.features(made, counting.backbone)
    assert not bad
    assert_right(made, found, places)
