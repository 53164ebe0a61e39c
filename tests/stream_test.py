"""--stream: the same numbers as with all rows in memory, and not the rows."""

import dataclasses

import numpy as np
import pytest

from aspn_tf.config import Config
from aspn_tf.data import loading
from aspn_tf.data.stored import Stored
from aspn_tf.data.views import Split
from aspn_tf.errors import InputError
from aspn_tf.methods import registry, scaling
from aspn_tf.methods.aspn.settings import Settings
from aspn_tf.runs import run

SMALL = {"hidden_width": 16, "epochs": 2, "steps_per_epoch": 3}


def stored(split, path):
    np.save(path, split.features)
    return Split(Stored(path), split.labels)


@pytest.fixture
def both(tiny, tmp_path):
    """A training view in memory, and the same on the disk."""
    train = stored(tiny.train, tmp_path / "train.npy")
    streamed = dataclasses.replace(tiny, train=train)
    return tiny.training(), streamed.training()


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [
        *("variance", "whiten"),
        *(pytest.param(k, marks=pytest.mark.long) for k in ("none", "max")),
    ],
)
def test_aspn_starts_and_trains_the_same(both, kind):
    settings = Settings(**SMALL, feature_scaling=kind, learning_rate=1e-3)
    held, streamed = (registry.build("aspn", one, settings) for one in both)
    assert isinstance(streamed.view.features, Stored)
    assert held.fixed() == streamed.fixed()
    for state in held.rounds():
        logs = [one.advance(state) for one in (held, streamed)]
        assert logs[1] == pytest.approx(logs[0], rel=1e-4)
        scores = []
        for one in (held, streamed):
            one.use(state)
            scores.append(one.scores(both[0].features).numpy())
        np.testing.assert_allclose(
            scores[1], scores[0], rtol=1e-4, atol=1e-4 * np.abs(scores[0]).max()
        )


def test_eszsl_solves_the_same(both):
    held, streamed = (registry.build("eszsl", one) for one in both)
    for state in (held.rounds()[0], held.rounds()[-1]):
        logs = [one.advance(state) for one in (held, streamed)]
        assert logs[1] == pytest.approx(logs[0], rel=1e-4)
        np.testing.assert_allclose(
            streamed.projection, held.projection, rtol=1e-4, atol=1e-6
        )
    np.testing.assert_allclose(streamed.center, held.center, rtol=1e-5)


@pytest.mark.slow
def test_regularisers_are_chosen_on_some_rows_of_many(both, monkeypatch):
    held, streamed = both
    asked = []
    hits = scaling._fold_hits

    def counted(moments, fold, held_out, test, *rest):
        asked.append(len(test))
        return hits(moments, fold, held_out, test, *rest)

    monkeypatch.setattr(scaling, "_fold_hits", counted)
    for rows, wanted in ((1000, 12), (30, 4)):
        monkeypatch.setattr(scaling, "ASKED", rows)
        asked.clear()
        registry.build("aspn", streamed, Settings(**SMALL))
        assert sum(asked) == wanted * len(held.seen)


@pytest.mark.slow
def test_what_is_loaded_stays_on_the_disk(tmp_path):
    held, streamed = (
        loading.load("digit_pairs", data_dir=tmp_path, stream=stream)
        for stream in (False, True)
    )
    for name in ("train", "test_seen", "test_unseen"):
        wanted, found = getattr(held, name), getattr(streamed, name)
        assert isinstance(found.features, Stored)
        np.testing.assert_array_equal(found.features[:], wanted.features)
        np.testing.assert_array_equal(found.labels, wanted.labels)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npy")}
    assert len(files) == 6
    loading.load("digit_pairs", data_dir=tmp_path, stream=True)
    assert files == {path: path.stat().st_mtime_ns for path in files}
    wanted, found = held.validation(), streamed.validation()
    np.testing.assert_array_equal(
        found.train.features[:], wanted.train.features
    )
    np.testing.assert_array_equal(
        found.test_unseen.features[:], wanted.test_unseen.features
    )


def test_a_method_that_holds_its_rows_is_refused(both):
    with pytest.raises(InputError, match="`--stream`.*aspn, eszsl.*: gdan"):
        registry.build("gdan", both[1])


@pytest.mark.slow
@pytest.mark.long
def test_a_run_measures_the_same(tmp_path):
    found = []
    for stream in (False, True):
        config = Config(
            stream=stream,
            run_dir=str(tmp_path / f"run{stream}"),
            data_dir=str(tmp_path / "data"),
            settings={"aspn": Settings(hidden_width=64, epochs=1)},
        )
        found.append(run.run(config))
    held, streamed = found
    for name in ("T", "u", "s", "H", "AUSUC"):
        assert streamed[name] == pytest.approx(held[name], abs=0.2), name
    assert (tmp_path / "runTrue" / "model").is_dir()
