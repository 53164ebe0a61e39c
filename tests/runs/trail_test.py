"""What a stopped run has kept: whole and gone on with, or begun anew."""

import os
import types

import pytest
import tensorflow as tf

from aspn_tf.runs import trail

POSITION = {"states": 3, "logs": {"loss": 0.5}, "seconds": 1.0}


def opened(folder):
    method = tf.Module()
    method.weights = tf.Variable(tf.zeros((20, 10)))
    monitor = types.SimpleNamespace(flush=lambda: None)
    return trail.Trail(folder, "training", method, monitor), method


@pytest.fixture
def kept(tmp_path):
    """The directory of a position that was kept."""
    one, method = opened(tmp_path)
    method.weights.assign_add(tf.ones((20, 10)))
    one._keep(POSITION)
    return tmp_path / trail.FOLDER / "training-1"


def test_what_is_whole_is_gone_on_with(kept, tmp_path, capsys):
    (kept.parent / "training-x").mkdir()
    one, method = opened(tmp_path)
    assert one.position == POSITION
    assert (method.weights.numpy() == 1.0).all()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "name", ["state.index", "state.data-00000-of-00001", trail.FILE]
)
@pytest.mark.parametrize("damage", ["flip", "cut", "pipe", "missing", "link"])
def test_what_is_damaged_is_begun_anew(kept, tmp_path, capsys, name, damage):
    path = kept / name
    data = bytearray(path.read_bytes())
    path.unlink()
    if damage == "flip":
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    elif damage == "cut":
        path.write_bytes(data[:-1])
    elif damage == "pipe":
        os.mkfifo(path)
    elif damage == "link":
        (tmp_path / "elsewhere").write_bytes(data)
        path.symlink_to(tmp_path / "elsewhere")
    one, method = opened(tmp_path)
    assert one.position == {}
    assert (method.weights.numpy() == 0.0).all()
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "training-1 is damaged" in err
    assert not kept.exists()
    one._keep(POSITION)
    assert opened(tmp_path)[0].position == POSITION


def test_a_small_result_is_as_written_or_made_anew(tmp_path, capsys):
    (tmp_path / trail.FOLDER).mkdir()
    assert trail.read(tmp_path, "chosen") is None
    content = {"b": {10: 1.0, 9: None}, "a": [float("inf"), "\u00e9"]}
    trail.write(tmp_path, "chosen", content)
    content["b"] = {"10": 1.0, "9": None}  # as JSON has it
    assert trail.read(tmp_path, "chosen") == content
    path = tmp_path / trail.FOLDER / "chosen.json"
    whole = path.read_text()
    for text in ("", "[]", "{}", whole[:-9], whole.replace("1.0", "1.5")):
        path.write_text(text)
        assert trail.read(tmp_path, "chosen") is None
        assert "chosen.json is damaged" in capsys.readouterr().err
        assert not path.exists()
    os.mkfifo(path)
    assert trail.read(tmp_path, "chosen") is None
