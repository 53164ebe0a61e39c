"""A model that is not as it was written is refused before it is opened."""

import json
import os

import pytest
import tensorflow as tf
from stand_ins import Linear

from aspn_tf.errors import InputError
from aspn_tf.serving import export, loaded, manifest


@pytest.fixture
def model(tiny, tmp_path):
    directory = tmp_path / "model"
    export.save(directory, Linear(tiny.training()), tiny, [], {}, 0.25, 5.0)
    return directory


@pytest.fixture
def unopened(monkeypatch):
    """TensorFlow must not be asked."""

    def opened(*_):
        raise AssertionError("TensorFlow has opened it")

    monkeypatch.setattr(tf.saved_model, "load", opened)


def test_every_file_is_in_it_and_all_of_them_are_as_written(model):
    loaded.load(model)
    content = json.loads((model / manifest.FILE).read_text())
    files = {p.relative_to(model).as_posix() for p in model.rglob("*.*")}
    files = {name for name in files if (model / name).is_file()}
    assert set(content["sha256"]) == files - {manifest.FILE}
    assert "saved_model.pb" in files


def test_a_changed_byte_anywhere_is_refused(model, unopened):
    for path in [p for p in model.rglob("*") if p.is_file()]:
        content = path.read_bytes()
        if not content:
            continue
        for at in {0, len(content) // 2, len(content) - 1}:
            changed = bytearray(content)
            changed[at] ^= 1
            path.write_bytes(bytes(changed))
            if path.name == manifest.FILE and _same(changed, content):
                continue
            with pytest.raises(InputError, match="A model must be"):
                loaded.load(model)
        path.write_bytes(content)


def _same(changed, content):
    try:
        return json.loads(changed) == json.loads(content)
    except ValueError:
        return False


def test_a_file_too_many_or_too_few_is_refused(model, unopened):
    (model / "assets/more.json").write_text("{}")
    with pytest.raises(InputError, match="with assets/more.json"):
        loaded.load(model)
    (model / "assets/more.json").unlink()
    (model / "assets/classes.json").unlink()
    with pytest.raises(InputError, match="without assets/classes.json"):
        loaded.load(model)


def test_what_is_no_file_is_refused_and_not_waited_for(model, unopened):
    path = model / "assets/classes.json"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(InputError, match=r"classes.json changed"):
        loaded.load(model)
    (model / manifest.FILE).unlink()
    os.mkfifo(model / manifest.FILE)
    with pytest.raises(InputError, match=r"must be a file. Received: a pipe"):
        loaded.load(model)


def test_a_file_of_another_size_is_not_read(model, unopened, monkeypatch):
    monkeypatch.setattr(manifest, "_digest", lambda path: 1 / 0)
    os.truncate(sorted(manifest._files(model).values())[0], 1 << 40)
    with pytest.raises(InputError, match="changed since"):
        loaded.load(model)


def test_a_manifest_without_sizes_is_one_too(model):
    path = model / manifest.FILE
    content = json.loads(path.read_text())
    del content["bytes"]
    path.write_text(json.dumps(content))
    manifest.check(model)


def test_names_in_a_manifest_make_one_sentence(model, unopened):
    path = model / manifest.FILE
    content = json.loads(path.read_text())
    for digests in ({"a\nb": "0"}, [[1, "a"], ["b", "c"]]):
        path.write_text(json.dumps(content | {"sha256": digests}))
        with pytest.raises(InputError, match=r"Received: ") as caught:
            loaded.load(model)
        assert "\n" not in str(caught.value)


def test_a_link_in_place_of_a_file_is_refused(model, unopened, tmp_path):
    path = model / "assets/classes.json"
    path.rename(tmp_path / "elsewhere.json")
    path.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(InputError, match=r"classes.json changed"):
        loaded.load(model)


@pytest.mark.parametrize(
    "text",
    [None, "", "[]", "{}", '{"format": "x", "sha256": {}}', "[" * 10**5],
)
def test_a_directory_of_another_kind_is_refused(text, model, unopened):
    if text is None:
        (model / manifest.FILE).unlink()
    else:
        (model / manifest.FILE).write_text(text)
    with pytest.raises(InputError, match="manifest.json"):
        loaded.load(model)


def test_what_is_not_there_is_refused(tmp_path, unopened):
    with pytest.raises(InputError, match="nowhere"):
        loaded.load(tmp_path / "nowhere")
