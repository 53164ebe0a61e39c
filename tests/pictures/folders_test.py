"""Which files are pictures of which class."""

import pytest
from picture_folder import fill

from aspn_tf.errors import InputError
from aspn_tf.pictures import folders


def test_a_folder_is_a_class_and_its_folders_are_part_of_it(tmp_path):
    fill(tmp_path, {"b": 1, "a": 2}, 2)
    (tmp_path / "a/deep").mkdir()
    (tmp_path / "a/000.png").rename(tmp_path / "a/deep/z.png")
    for hidden in (".git/x.png", "a/.DS_Store", "a/.thumbs/y.png"):
        (tmp_path / hidden).parent.mkdir(exist_ok=True)
        (tmp_path / hidden).write_bytes(b"")
    (tmp_path / "readme.txt").write_text("no class")
    (tmp_path / "empty").mkdir()
    found = folders.found(tmp_path)
    assert list(found) == ["a", "b"]
    assert [path.name for path in found["a"]] == ["001.png", "z.png"]


@pytest.mark.parametrize("content", [None, "file", "empty"])
def test_there_must_be_pictures(content, tmp_path):
    place = tmp_path / "in"
    if content == "file":
        place.write_text("")
    elif content == "empty":
        (place / "a").mkdir(parents=True)
    with pytest.raises(InputError, match="--images"):
        folders.found(place)


def test_files_and_directories_can_be_named(tmp_path):
    fill(tmp_path, {"b": 1, "a": 2}, 2)
    found = folders.asked(f"{tmp_path}/b/001.png, {tmp_path}/a")
    assert [path.name for path in found] == ["001.png", "000.png", "001.png"]
    for names in ("", f"{tmp_path}/c", " , "):
        with pytest.raises(InputError, match="--images"):
            folders.asked(names)
