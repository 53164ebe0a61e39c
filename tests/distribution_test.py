"""Replicas of one machine and of several: one batch, one result."""

import json

import numpy as np
import pytest
import tensorflow as tf
from forked import Forked
from two_workers import configs, ended, killed_at_last

from aspn_tf import distribution
from aspn_tf.errors import InputError
from aspn_tf.methods import registry

READINGS = ["2 default"]
OTHERS = ["4 default", "2 paper", "2 literal"] + [
    name for name in registry.able("shared") if name != registry.DEFAULT
]
CLOSE = {"rtol": 1e-5, "atol": 1e-4}


def cluster(workers=("a:1", "b:2"), kind="worker", index=0, job="worker"):
    task = {"type": kind, "index": index}
    return json.dumps({"cluster": {job: list(workers)}, "task": task})


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "{}", '{"cluster": 1, "task": 2}'),
        cluster(workers=()),
        cluster(index=2),
        cluster(index="first"),
        cluster(kind="chief"),
        cluster(kind="ps", job="ps"),
        cluster(workers=[1, 2]),
    ],
)
def test_a_tf_config_without_a_place_for_this_process_is_refused(
    text, monkeypatch
):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(InputError, match="must come with TF_CONFIG") as error:
        distribution.strategy("multiworker")
    assert "Received: " in str(error.value)


def test_one_device_is_no_mirror():
    with pytest.raises(InputError, match="at least two devices. Received: "):
        distribution.strategy("mirrored")


def test_without_workers_everything_stays_as_it_is():
    assert distribution.strategy("none") is None
    assert distribution.is_chief()
    assert distribution.of_chief(value := object()) is value
    assert distribution.anywhere(False, True) == (False, True)
    assert distribution.by_parts(len) is len
    distribution.alike(tf.Module())
    with distribution.scope(None), pytest.raises(tf.errors.AbortedError):
        with distribution.together(None):
            raise tf.errors.AbortedError(None, None, "of something else")


@pytest.fixture(scope="module")
def devices():
    return of_devices(READINGS)


@pytest.fixture(scope="module")
def others():
    return of_devices(OTHERS)


def of_devices(names):
    words = ["-m", "whole_batch", "devices", *names]
    with killed_at_last([Forked(words)]) as processes:
        [(code, output, _)] = ended(processes)
    assert code == 0
    return json.loads(output.splitlines()[-1])


@pytest.fixture(scope="module")
def workers():
    words = ["-m", "whole_batch", "workers"]
    both = [Forked(words, TF_CONFIG=one) for one in configs()]
    with killed_at_last(both) as processes:
        found = ended(processes)
    assert [code for code, *_ in found] == [0, 0]
    return [json.loads(output.splitlines()[-1]) for _, output, _ in found]


def assert_same(alone, shared):
    """Start, every logged term of every step, and scores."""
    assert alone["start"] == shared["start"]
    assert len(alone["logs"]) == len(shared["logs"])
    for one, other in zip(alone["logs"], shared["logs"], strict=True):
        assert set(one) == set(other)
        for name in one:
            np.testing.assert_allclose(
                one[name], other[name], **CLOSE, err_msg=name
            )
    assert alone["logs"][0] != alone["logs"][-1]
    for one, other in zip(alone["scores"], shared["scores"], strict=True):
        assert set(one) == set(other)
        for head in one:
            np.testing.assert_allclose(one[head], other[head], **CLOSE)


@pytest.mark.slow
@pytest.mark.parametrize("which", READINGS)
def test_devices_have_the_losses_of_one_over_fifty_steps(devices, which):
    alone, shared = devices[which]
    assert len(alone["logs"]) == 50
    assert_same(alone, shared)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("which", OTHERS)
def test_so_have_other_readings_and_methods(others, which):
    assert_same(*others[which])


@pytest.mark.slow
def test_two_processes_have_the_losses_of_one_over_fifty_steps(workers):
    for worker in workers:
        alone, shared = worker["pair"]
        assert len(alone["logs"]) == 50
        assert_same(alone, shared)


@pytest.mark.slow
def test_workers_have_what_the_chief_has_and_all_hear_of_any(workers):
    chief, other = (worker["told"] for worker in workers)
    assert chief.pop("chief") and not other.pop("chief")
    assert chief == other
    assert chief["of_chief"] == {"né": [1, 0.1]} and chief["nothing"] == []
    assert chief["anywhere"] == [False, True, True, True]
    assert chief["alike"] == [1.5, 0.0, 7.0]
