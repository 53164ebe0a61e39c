"""CLSWGAN and Cycle-CLSWGAN."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from small import built

from aspn_tf.data.benchmark import TrainingView
from aspn_tf.errors import InputError
from aspn_tf.methods import registry, synthesis
from aspn_tf.methods.training import Steps

FAST = {"critic_steps": 1, "softmax_epochs": 5, "seen_softmax_epochs": 5}


def made(name, view, **changes):
    return built(name, view, **{**FAST, **changes})


def walked(method, setting=None):
    states = method.rounds(setting)
    method.logs = [method.advance(state) for state in states]
    method.use(states[-1])
    return method


@pytest.fixture(scope="module")
def plain(tiny):
    """CLSWGAN after two epochs."""
    return walked(made("clswgan", tiny.training()))


@pytest.fixture(scope="module")
def cycle(tiny):
    """Cycle-CLSWGAN after one epoch, its regressor trained for long."""
    method = made(
        "cycle_clswgan",
        tiny.training(),
        epochs=1,
        regressor_epochs=300,
        regressor_learning_rate=0.05,
    )
    return walked(method)


def values(module):
    return [variable.numpy() for variable in module.layer.variables]


def flat(weights):
    return np.concatenate([weight.ravel() for weight in weights])


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


class Drawn:
    """The same numbers in every step; XLA draws others of the same kind."""

    def normal(self, shape):
        count = tf.range(tf.reduce_prod(shape))
        return tf.reshape(tf.sin(tf.cast(count, tf.float32)), shape)

    def uniform(self, shape):
        return tf.fill(shape, 0.25)


@pytest.mark.parametrize(
    "name",
    [
        "clswgan",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("cycle_clswgan", "fvaegan", "lisgan", "gazsl")
        ),
    ],
)
def test_a_step_that_xla_compiles_trains_the_same(name, tiny, monkeypatch):
    changes = {"epochs": 1, "steps_per_epoch": 3}
    wanted = built(name, tiny.training(), **changes)
    monkeypatch.setattr(synthesis, "WORTH_COMPILING", 0.0)
    compiled = built(name, tiny.training(), **changes)
    for method in (wanted, compiled):
        method.model.random = Drawn()
    compiles = [m._train.step._jit_compile for m in (wanted, compiled)]
    assert compiles == [None, True]
    start = flat(wanted.model.get_weights())
    logs = [walked(method).logs[0] for method in (wanted, compiled)]
    assert logs[1] == pytest.approx(logs[0], rel=1e-3, abs=1e-5)
    found = [flat(method.model.get_weights()) for method in (wanted, compiled)]
    path, apart = found[0] - start, found[0] - found[1]
    # Adam moves by a gradient that is rounding alone as far as by any other:
    # LisGAN's are an eighteenth of their path apart, the others' a millionth.
    assert np.linalg.norm(path) > 10.0 * np.linalg.norm(apart)


def test_only_the_cycle_has_its_term(plain, cycle):
    assert "cycle" not in plain.logs[0] and cycle.logs[0]["cycle"] > 0.0


@pytest.mark.slow
def test_a_setting_is_reached_by_the_same_epochs_without_the_heads_between(
    plain, tiny
):
    straight = made("clswgan", tiny.training(), epochs=9)
    states = straight.rounds({"epoch": 2})
    assert [state["epoch"] for state in states] == [1, 2]
    assert states[-1] == {"epoch": 2}
    straight.advance(states[0])
    untrained = made("clswgan", tiny.training()).softmax
    assert same(values(straight.softmax), values(untrained))
    straight.advance(states[1])
    features = tiny.test_seen.features
    for head, scores in plain.heads(features).items():
        np.testing.assert_array_equal(straight.heads(features)[head], scores)


@pytest.mark.slow
def test_every_scored_state_has_heads_of_its_own(tiny):
    method = made("clswgan", tiny.training())
    first, second = method.rounds()
    method.advance(first)
    before = values(method.softmax), method.class_prototypes.numpy()
    method.advance(second)
    assert not same(values(method.softmax), before[0])
    assert not np.array_equal(method.class_prototypes, before[1])


@pytest.mark.slow
def test_what_real_features_trained_is_fixed_from_the_second_round(tiny):
    method = made("cycle_clswgan", tiny.training())
    fixed = method.regressor, method.seen_softmax
    first, second = method.rounds()
    method.advance(first)
    before = [values(module) for module in fixed]
    method.advance(second)
    for module, start in zip(fixed, before, strict=True):
        assert same(values(module), start)


def test_weights_of_the_terms_are_those_of_the_settings(tiny):
    def terms(**changes):
        method = made("cycle_clswgan", tiny.training(), **changes)
        semantics = method.class_semantics[:7]
        generated = tf.ones((7, tiny.feature_width))
        found = method.model.generator_terms(
            generated, semantics, tf.range(7, dtype=tf.int64)
        )
        return {term: float(value) for term, value in found.items()}

    # Before any training every class of the seven is as likely, and the
    # regressor answers 0.
    found = terms(classification_weight=2.0, cycle_weight=3.0)
    squares = np.square(tiny.semantics[:7]).sum(1).mean()
    assert found["classification"] == pytest.approx(2.0 * np.log(7.0))
    assert found["cycle"] == pytest.approx(3.0 * squares, rel=1e-5)
    assert set(found) == {"adversarial", "classification", "cycle"}


def test_a_constant_feature_is_no_division_by_zero(tiny):
    view = tiny.training()
    features = view.features.copy()
    features[:, 0] = 3.0
    method = made("clswgan", dataclasses.replace(view, features=features))
    method._pretrain()
    method._fit_heads()
    for scores in method.heads(features).values():
        assert np.isfinite(scores).all()


def test_the_traditional_task_ranks_unseen_classes_alone(plain, tiny):
    scores = plain.scores(tiny.test_unseen.features, "traditional").numpy()
    assert set(scores.argmax(1)) <= set(tiny.unseen)
    assert (scores[:, tiny.seen] < -1e8).all()


def test_every_task_has_a_head_of_its_own(plain, tiny):
    features = tiny.test_unseen.features
    heads = plain.heads(features)
    assert set(heads) == set(plain.heads_offered)
    for task, head in {
        "generalized": "softmax",
        "traditional": "unseen_softmax",
        "open": "nearness",
    }.items():
        np.testing.assert_array_equal(plain.scores(features, task), heads[head])


def test_prototypes_are_in_the_units_of_the_data(plain, tiny):
    prototypes = plain.prototypes(tiny.semantics)
    np.testing.assert_allclose(
        prototypes, plain.scale.inverse(plain.class_prototypes), rtol=1e-5
    )
    scores = plain.classify(prototypes, tiny.semantics).numpy()
    np.testing.assert_array_equal(scores.argmax(1), range(tiny.class_count))


def test_a_prototype_is_the_mean_of_features_of_its_class(plain, tiny):
    wanted = np.mean(
        [
            plain.model.generator(tiny.semantics[:1], noise[None])[0]
            for noise in plain.prototype_noise
        ],
        axis=0,
    )
    assert len(plain.prototype_noise) == 30
    np.testing.assert_allclose(
        plain.class_prototypes[0], wanted, rtol=1e-4, atol=1e-5
    )


def test_the_regressor_describes_features_by_their_semantics(cycle, tiny):
    describe = cycle.abilities()["describe"]
    error = describe(tiny.train.features) - tiny.semantics[tiny.train.labels]
    assert np.mean(np.square(error)) < 0.3 * np.var(tiny.semantics)


@pytest.mark.parametrize(("asked", "steps"), [(3, 3), (0, 2)])
def test_a_round_has_so_many_steps_or_one_pass(tiny, asked, steps, monkeypatch):
    shapes = []
    monkeypatch.setattr(
        Steps,
        "__call__",
        lambda self, x, y, rows: shapes.append(rows.shape) or {},
    )
    method = made(
        "clswgan",
        tiny.training(),  # 84 examples
        steps_per_epoch=asked,
        batch_size=64,
        critic_steps=2,
    )
    method.advance({"epoch": 1, "scored": False})
    assert shapes == [(steps, 2 * 64)]
    assert method.examples_a_round() == 2 * 64 * steps
    assert method.batches_per_step == 2


def test_final_softmaxes_see_as_many_examples_a_step_as_a_class_has(
    tiny, monkeypatch
):
    sizes = []

    def fit(self, features, targets, epochs, batch_size):
        sizes.append((len(features), batch_size))

    monkeypatch.setattr("aspn_tf.methods.linear_softmax.Softmax.fit", fit)
    for batch_size in (0, 5):
        made(
            "clswgan",
            tiny.training(),
            synthetic_per_class=11,
            softmax_batch_size=batch_size,
        )._fit_heads()
    assert sizes == [(33, 11), (117, 11), (33, 5), (117, 5)]


def test_the_paper_counts_18_112_648_parameters():
    awa = TrainingView(
        features=np.zeros((40, 2048), np.float32),
        labels=np.arange(40),
        semantics=np.ones((50, 85), np.float32),
        seen=np.arange(40),
        unseen=np.arange(40, 50),
    )
    networks = registry.build("cycle_clswgan", awa).networks()
    parameters = sum(part.count_params() for part in networks.values())
    assert parameters == 18_112_648


@pytest.mark.slow
def test_a_loss_that_is_not_finite_names_the_flag(tiny):
    method = made("cycle_clswgan", tiny.training(), learning_rate=1e38)
    with pytest.raises(
        InputError, match="--cycle_clswgan.learning_rate=1e\\+38"
    ):
        walked(method)
