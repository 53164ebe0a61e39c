"""What every method of the registry must do; a further one joins by itself."""

import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from small import built, of_every_method, settings, trained

from aspn_tf.data.benchmark import Split, TrainingView
from aspn_tf.evaluation import cost, selection
from aspn_tf.evaluation.evaluator import Evaluator
from aspn_tf.methods import registry
from aspn_tf.methods.base import TASKS, Method

GOLDEN = {  # T, u, s in percent; the GANs have had six updates
    "aspn": (66.67, 33.33, 96.43),
    "cadavae": (33.33, 0.00, 71.43),
    "clswgan": (33.33, 0.00, 92.86),
    "cosmo": (33.33, 0.00, 100.00),
    "cycle_clswgan": (26.67, 0.00, 92.86),
    "epgn": (66.67, 0.00, 39.29),
    "eszsl": (66.67, 33.33, 46.43),
    "fvaegan": (13.33, 0.00, 92.86),
    "gazsl": (80.00, 53.33, 46.43),
    "gdan": (66.67, 0.00, 92.86),
    "lisgan": (46.67, 0.00, 92.86),
    "sae": (100.00, 66.67, 57.14),
    "devise": (40.00, 33.33, 75.00),
    "ale": (40.00, 33.33, 78.57),
    "sje": (73.33, 33.33, 67.86),
    "latem": (66.67, 26.67, 85.71),
    "sync": (93.33, 60.00, 50.00),
    "cnzsl": (53.33, 33.33, 67.86),
    "dem": (100.00, 53.33, 89.29),
    "relationnet": (93.33, 53.33, 64.29),
    "zlap": (66.67, 13.33, 96.43),
}
# Minimised until it hardly falls, which another order of sums moves a little.
SOLVED_TO = {"sync": 2e-2}


@pytest.fixture(scope="module", params=of_every_method(pytest.mark.slow))
def name(request):
    return request.param


@pytest.fixture(scope="module")
def walked(name, tiny, tmp_path_factory):
    """A method that went through its states, and what was seen on the way.

    Returns:
      (method, states, choices, logs, path of a checkpoint made half way).
    """
    method, half = built(name, tiny.training()), None
    states, choices, logs = method.rounds(), [], []
    place = str(tmp_path_factory.mktemp("half"))
    for choice, log in selection.Walk(method, tiny, True):
        choices.append(choice)
        logs.append(log)
        if len(choices) == len(states) // 2:
            half = tf.train.CheckpointManager(
                tf.train.Checkpoint(method=method), place, 1
            ).save()
    method.use(states[-1])
    return method, states, choices, logs, half


@pytest.fixture(scope="module")
def method(walked):
    """In its last state."""
    return walked[0]


def rows(benchmark):
    return benchmark.test_unseen.features


def poison(split, number):
    return Split(np.full_like(split.features, number), split.labels)


def numbers(method, features):
    return {
        task: np.asarray(method.scores(features, task))
        for task in ("generalized", "traditional")
    }


def same(one, other):
    assert set(one) == set(other)
    for key in one:
        np.testing.assert_array_equal(one[key], other[key], err_msg=key)


def test_it_says_what_it_is(method, name):
    assert isinstance(method, Method)
    assert method.title and isinstance(method.title, str)
    assert set(registry.settings_class(name).READINGS) >= {"default"}


def test_states_and_settings_can_be_written(method):
    for state in method.rounds():
        assert json.loads(json.dumps(state)) == state
        assert state in method.uses(state)
        for setting in method.uses(state):
            assert json.loads(json.dumps(setting)) == setting


def test_heads_are_float32_scores_of_every_class(method, tiny):
    heads = method.heads(rows(tiny))
    assert set(heads) <= set(method.heads_offered)
    for head in heads.values():
        assert head.dtype == tf.float32
        assert head.shape == (len(rows(tiny)), tiny.class_count)
        assert np.isfinite(head).all()


def test_weights_are_of_heads_that_are_there(method, tiny):
    heads = set(method.heads(rows(tiny)))
    for setting in method.uses(method.rounds()[-1]):
        weights = method.weights(setting)
        assert set(weights) == set(TASKS)
        for task in TASKS:
            counted = {head for head, w in weights[task].items() if w}
            assert counted and counted <= heads


def test_eager_and_traced_scores_agree(method, tiny):
    traced = tf.function(method.heads)(rows(tiny))
    for head, scores in method.heads(rows(tiny)).items():
        np.testing.assert_allclose(scores, traced[head], rtol=1e-4, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", of_every_method(pytest.mark.long), indirect=True, scope="module"
)
def test_a_chosen_setting_is_reached_again_whatever_the_test_rows_are(
    name, walked, tiny
):
    """Poisoned test rows change nothing, as a method never sees them."""
    poisoned = dataclasses.replace(
        tiny,
        test_seen=poison(tiny.test_seen, np.nan),
        test_unseen=poison(tiny.test_unseen, np.inf),
    )
    choice = selection.best(walked[2], "validation")
    again = trained(name, poisoned.training(), setting=choice.setting)
    report = Evaluator(again, tiny).report(calibration=choice.calibration)
    assert report.summary() == pytest.approx(choice.measures, abs=1e-6)


def test_another_seed_draws_others_unless_the_form_is_closed(name, tiny):
    one, other = (built(name, tiny.training(), seed=seed) for seed in (0, 1))
    assert set(one.networks()) == set(other.networks())
    drawn = [
        np.concatenate(
            [
                weight.ravel()
                for network in method.networks().values()
                for weight in network.get_weights()
            ]
            or [np.zeros(1)]
        )
        for method in (one, other)
    ]
    assert np.array_equal(*drawn) == one.closed_form


def test_it_scores_what_it_scored_when_it_came(name, method, tiny):
    """Last state, uncalibrated; two examples of 15 may be the processor's."""
    report = Evaluator(method, tiny).report()
    found = [report.T, report.u, report.s]
    assert found == pytest.approx(GOLDEN[name], abs=13.4)


def test_what_it_is_built_from_has_no_test_rows(tiny):
    fields = {field.name for field in dataclasses.fields(TrainingView)}
    arrays = {"features", "labels", "semantics", "seen", "unseen"}
    assert fields == arrays | {"joint"}
    view = tiny.training()
    assert len(view.features) == len(view.labels) == len(tiny.train.labels)


@pytest.mark.slow
def test_a_restored_state_goes_on_bit_for_bit(name, walked, tiny):
    method, states, _, logs, half = walked
    resumed = built(name, tiny.training())
    tf.train.Checkpoint(method=resumed).restore(half).assert_consumed()
    rest = states[len(states) // 2 :]
    assert [resumed.advance(state) for state in rest] == logs[-len(rest) :]
    resumed.use(states[-1])
    same(numbers(resumed, rows(tiny)), numbers(method, rows(tiny)))


def test_a_checkpoint_of_the_end_holds_all_that_scores_read(
    name, method, tiny, tmp_path
):
    path = tf.train.Checkpoint(method=method).write(str(tmp_path / "end"))
    restored = built(name, tiny.training())
    tf.train.Checkpoint(method=restored).read(path).assert_consumed()
    same(numbers(restored, rows(tiny)), numbers(method, rows(tiny)))


def test_permuted_classes_permute_the_scores(name, tiny):
    """Of closed forms; others draw numbers class by class."""
    if not registry.method_class(name).closed_form:
        pytest.skip("draws numbers")
    order = np.array([3, 0, 6, 2, 5, 1, 4, 9, 7, 8])
    back = np.argsort(order)
    view = tiny.training()
    permuted = dataclasses.replace(
        view, semantics=view.semantics[order], labels=back[view.labels]
    )
    found = trained(name, permuted).scores(rows(tiny))
    wanted = trained(name, tiny.training()).scores(rows(tiny))
    np.testing.assert_allclose(
        found,
        np.asarray(wanted)[:, order],
        rtol=1e-4,
        atol=SOLVED_TO.get(name, 1e-4),
    )


def test_open_scores_are_those_of_the_open_task(method, tiny):
    if "classify" not in method.abilities():
        pytest.skip("knows the classes of training alone")
    weights = {t: method.task_weights(t) for t in TASKS}
    known = Evaluator(method, tiny).heads().opened(weights).unseen
    np.testing.assert_allclose(
        method.classify(rows(tiny), tiny.semantics),
        known,
        rtol=1e-4,
        atol=1e-4 * np.abs(known).max(),
    )
    order = [4, 8, 0]
    np.testing.assert_allclose(
        method.classify(rows(tiny), tiny.semantics[order]),
        known[:, order],
        rtol=1e-4,
        atol=1e-4 * np.abs(known).max(),
    )


def test_a_linear_form_is_the_scores(method, tiny):
    features = rows(tiny)
    for task in ("generalized", "traditional"):
        form = method.linear(task)
        if form is None:
            continue
        shift, weights, bias = form
        assert weights.shape == (tiny.feature_width, tiny.class_count)
        scores = np.asarray(method.scores(features, task))
        present = scores[0] > -1e8
        np.testing.assert_allclose(
            ((features - shift) @ weights + bias)[:, present],
            scores[:, present],
            rtol=1e-4,
            atol=1e-4 * scores[:, present].std(),
        )


def test_abilities_have_the_units_of_the_data(method, tiny):
    abilities = method.abilities()
    known = {"prototypes", "classify", "describe", "training_step"}
    assert set(abilities) <= known
    if "prototypes" in abilities:
        made = abilities["prototypes"](tf.constant(tiny.semantics))
        assert made.shape == (tiny.class_count, tiny.feature_width)
        assert made.dtype == tf.float32 and np.isfinite(made).all()
    if "describe" in abilities:
        told = abilities["describe"](tf.constant(rows(tiny)))
        assert told.shape == (len(rows(tiny)), tiny.semantics_width)
        assert np.isfinite(told).all()


def test_its_cost_is_counted(method):
    counted = cost.of(method)
    assert counted["parameters"] > 0
    assert counted["weight_bytes"] == 4 * counted["parameters"]
    trains = "training_step" in method.abilities()
    assert (counted["training_step_flops"] is not None) == trains
    if trains:
        assert counted["training_step_flops"] > 2 * counted["parameters"] / 64


def test_more_examples_than_one_batch_are_scored_alike(method, tiny):
    one, other = (
        Evaluator(method, tiny, batch_size=size).scores() for size in (1000, 7)
    )
    np.testing.assert_allclose(one.seen, other.seen, rtol=1e-4, atol=1e-4)


def test_mixed_precision_trains_to_finite_scores(name, tiny):
    if registry.method_class(name).closed_form:
        pytest.skip("has no networks")
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        method = built(name, tiny.training())
        count = 16 * method.batches_per_step
        logs = method.abilities()["training_step"](
            tf.constant(tiny.train.features[:count]),
            tf.constant(tiny.train.labels[:count]),
        )
        method.use(method.rounds()[0])
        assert np.isfinite(list(logs.values())).all()
        scores = method.scores(rows(tiny))
    finally:
        keras.config.set_dtype_policy("float32")
    assert scores.dtype == tf.float32 and np.isfinite(scores).all()


def test_settings_out_of_bounds_are_refused(name):
    kind = registry.settings_class(name)
    for field in dataclasses.fields(kind):
        low = field.metadata.get("low")
        if low is not None:
            with pytest.raises(ValueError, match=f"`--{field.name}` must be"):
                settings(name, **{field.name: type(field.default)(low - 1)})
