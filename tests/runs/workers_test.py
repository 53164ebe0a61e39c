"""The command with several replicas: one writes, and all go on or none."""

import json
import signal
import time

import pytest
from forked import Forked
from small_run import SMALL, numbers, words
from two_workers import PATIENCE, configs, ended, killed_at_last

from aspn_tf import distribution
from aspn_tf.config import Config
from aspn_tf.errors import InputError, Lost
from aspn_tf.methods.training import Steps
from aspn_tf.runs import workers
from aspn_tf.serving import loaded

TWO_DEVICES = """
import tensorflow as tf
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)
"""
RUN = [
    *(*SMALL, "--run_dir=run", "--selection=last", "--calibration=false"),
    *("--aspn.epochs=12", "--aspn.steps_per_epoch=5"),
]
BOUND = 60.0  # seconds until a worker must have heard of another's end


class Three:
    """Stands for a strategy."""

    num_replicas_in_sync = 3


def test_a_batch_that_replicas_cannot_share_is_refused(monkeypatch):
    monkeypatch.setattr(distribution, "strategy", lambda kind: Three())
    told = "`--aspn.batch_size` must be a multiple of .* 3. Received: 64"
    with pytest.raises(InputError, match=told):
        with workers.joined(Config(distribute="mirrored")):
            raise AssertionError("it began")
    steps = Steps(None)
    steps._strategy = Three()
    with pytest.raises(InputError, match="Received: 64 rows for 3 replicas"):
        steps._refuse_a_rest(64)
    steps._refuse_a_rest(63)


def test_a_worker_that_is_lost_is_told_of_in_a_sentence(monkeypatch):
    import tensorflow as tf

    monkeypatch.setattr(distribution, "_several", lambda strategy: True)
    with pytest.raises(Lost, match="the same command on every worker goes on"):
        with distribution.together(None):
            raise tf.errors.UnavailableError(None, None, "Connection reset")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return f"--data_dir={tmp_path_factory.mktemp('data')}"


@pytest.fixture
def pair(data):
    """Starts two workers, each in a directory of its own."""

    def begin(*places):
        main = words("main", *RUN, data, "--distribute=multiworker")
        return killed_at_last(
            [
                Forked(main, cwd=place, TF_CONFIG=config)
                for config, place in zip(configs(), places, strict=True)
            ]
        )

    return begin


def homes(tmp_path):
    for name in ("chief", "other"):
        (tmp_path / name).mkdir()
    return tmp_path / "chief", tmp_path / "other"


def wait_for(place, pattern, processes):
    """Returns once there is such a path; none may end before."""
    end = time.monotonic() + PATIENCE
    while not list(place.glob(pattern)):
        assert time.monotonic() < end
        assert not any(one.poll() is not None for one in processes)
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.long
def test_a_killed_worker_ends_the_run_which_goes_on(pair, tmp_path):
    chief, other = homes(tmp_path)
    progress = chief / "run" / "progress"
    with pair(chief, other) as processes:
        whole = ended(processes)
    assert [code for code, *_ in whole] == [0, 0], whole
    assert not list(other.iterdir())  # there is one writer
    assert not whole[1][1]
    expected = numbers(chief / "run")
    assert expected["updates"] == 60
    (chief / "run").rename(tmp_path / "whole")
    with pair(chief, other) as processes:
        wait_for(progress, "training-[3-9]", processes)
        processes[1].kill()
        killed = time.monotonic()
        code, _, said = ended(processes[:1])[0]
        assert time.monotonic() - killed < BOUND
    assert code == 4
    (line,) = said
    assert line.startswith("aspn_tf: All workers of TF_CONFIG must go on")
    (kept,) = progress.glob("training-*")
    assert json.loads((kept / "position.json").read_text())["states"] >= 3
    with pair(chief, other) as processes:
        again = ended(processes)
    assert [code for code, *_ in again] == [0, 0], again
    assert numbers(chief / "run") == expected
    assert len(list((chief / "run" / "train").glob("events*"))) == 2
    assert not list(other.iterdir())


@pytest.mark.slow
def test_a_signal_to_one_worker_stops_all_at_a_state(pair, tmp_path):
    chief, other = homes(tmp_path)
    progress = chief / "run" / "progress"
    with pair(chief, other) as processes:
        wait_for(progress, "training-*", processes)
        processes[1].send_signal(signal.SIGTERM)
        found = ended(processes)
    assert [code for code, *_ in found] == [143, 143], found
    assert [said for *_, said in found] == [
        ["aspn_tf: stopped; the same command goes on with --run_dir=run"],
        ["aspn_tf: stopped; the same command on every worker goes on"],
    ]


@pytest.mark.slow
def test_devices_of_one_machine_write_an_ordinary_run(data, tmp_path):
    flags = *RUN, data, "--distribute=mirrored"
    main = words("main", *flags, before=TWO_DEVICES)
    with killed_at_last([Forked(main, cwd=tmp_path)]) as processes:
        [(code, output, said)] = ended(processes)
    assert (code, said) == (0, [])
    content = json.loads((tmp_path / "run" / "results.json").read_text())
    assert content["H"] > 80.0 and content["cost"]["training_step_flops"]
    model = loaded.load(tmp_path / "run" / "model")
    assert len(model.classes) == 50


def test_a_method_that_replicas_cannot_train_is_named():
    from aspn_tf import contradictions

    with pytest.raises(InputError, match="--method of aspn,.*--method=eszsl"):
        contradictions.refuse(Config(distribute="mirrored", method="eszsl"))
