"""Run directories and the writer of files."""

import os
import subprocess
import sys

import pytest

from aspn_tf.config import Config
from aspn_tf.errors import InputError
from aspn_tf.runs import directory


def test_a_new_directory_holds_the_flags(tmp_path):
    with directory.opened(
        Config(run_dir=str(tmp_path / "a/b"), seed=3)
    ) as place:
        pass
    lines = (place / "config.flags").read_text().splitlines()
    assert "--seed=3" in lines and "--run_dir=" in lines
    assert "--aspn.epochs=5" in lines
    assert not any(line.startswith("--sae.") for line in lines)


def test_a_directory_of_something_else_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="must be new"):
        with directory.opened(Config(run_dir=str(tmp_path))):
            pass
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_a_killed_export_left_is_removed(tmp_path):
    config = Config(run_dir=str(tmp_path))
    left = tmp_path / "seed0" / ".part-x" / "model"
    for _ in range(2):
        with directory.opened(config):
            assert not left.parent.exists()
            left.mkdir(parents=True)


@pytest.mark.parametrize("seeds", [1, 2])
def test_a_place_to_export_to_must_be_free_and_for_one_seed(tmp_path, seeds):
    config = Config(
        export=str(tmp_path if seeds == 1 else tmp_path / "new"),
        seeds=seeds,
        run_dir=str(tmp_path / "run"),
    )
    with pytest.raises(InputError, match="`--export` must"):
        with directory.opened(config):
            pass
    assert not (tmp_path / "run").exists()


def test_a_run_goes_on_with_its_own_flags_until_it_has_ended(tmp_path):
    config = Config(run_dir=str(tmp_path / "run"))
    for _ in range(2):
        with directory.opened(config) as place:
            assert place == tmp_path / "run"
    with pytest.raises(InputError, match="--aspn.epochs=9, but .* has 5"):
        with directory.opened(config.with_settings(epochs=9)):
            pass
    (place / "results.json").write_text("{}")
    with pytest.raises(InputError, match="whose run has ended"):
        with directory.opened(config):
            pass


@pytest.mark.parametrize(
    "content", [b"--seed\n", b"\xff\n", b"=\n\n--=", bytes(1 << 21)]
)
def test_damaged_flags_are_refused(tmp_path, content):
    config = Config(run_dir=str(tmp_path / "run"))
    with directory.opened(config) as place:
        pass
    (place / "config.flags").write_bytes(content)
    with pytest.raises(InputError, match="config.flags"):
        directory.check(config)


def test_results_are_as_written_or_refused(tmp_path):
    assert directory.results(tmp_path) is None
    path = tmp_path / directory.RESULTS
    directory.write_json(path, {"T": 0.5})
    assert directory.results(tmp_path) == {"T": 0.5}
    for content in (b"", b"[]", b"\xff", b"[" * 10**5):
        path.write_bytes(content)
        with pytest.raises(InputError, match="results.json must be"):
            directory.results(tmp_path)


def test_two_processes_cannot_be_at_one_run(tmp_path):
    config = Config(run_dir=str(tmp_path / "run"))
    with directory.opened(config):
        other = subprocess.run(
            [
                *(sys.executable, "-c", OTHER, str(tmp_path / "run")),
            ],
            capture_output=True,
            text=True,
        )
        assert "another process works" in other.stdout, other.stderr
    with directory.opened(config):
        pass


OTHER = """
import sys
from aspn_tf.config import Config
from aspn_tf.errors import InputError
from aspn_tf.runs import directory

try:
    with directory.opened(Config(run_dir=sys.argv[1])):
        print("both are at it")
except InputError as error:
    print(error)
"""


def test_a_long_command_goes_on_with_its_own_flags_alone(tmp_path):
    config = Config(run_dir=str(tmp_path / "study"))
    for _ in range(2):
        directory.make_or_open(config, "study", free=("seeds",))
    directory.make_or_open(config.replace(seeds=3), "study", free=("seeds",))
    with pytest.raises(InputError, match="--aspn.epochs=9, but .* has 5"):
        directory.make_or_open(
            config.with_settings(epochs=9), "study", free=("seeds",)
        )


def test_the_settings_of_all_methods_named_count(tmp_path):
    config = Config(run_dir=str(tmp_path / "study"))
    methods = ["aspn", "clswgan"]
    directory.make_or_open(config, "study", (), methods)
    own = config.settings_of("clswgan").replace(epochs=9)
    other = config.replace(settings={"clswgan": own})
    with pytest.raises(InputError, match="--clswgan.epochs=9"):
        directory.make_or_open(other, "study", (), methods)


@pytest.mark.parametrize("write", ["write_text", "write_json"])
def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch, write):
    path = tmp_path / "results.json"
    getattr(directory, write)(path, "old")
    old = path.read_text()

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            getattr(directory, write)(path, "new")
    assert path.read_text() == old
    getattr(directory, write)(path, "new")
    assert "new" in path.read_text()
    assert [found.name for found in tmp_path.iterdir()] == ["results.json"]
