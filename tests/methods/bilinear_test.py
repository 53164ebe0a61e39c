"""What bilinear comparators share: scaling, rates side by side, extremes."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from small import built, trained
from views import one_row_a_class

from aspn_tf.errors import InputError
from aspn_tf.evaluation import cost
from aspn_tf.methods import ranking
from aspn_tf.methods.bilinear import RATES
from aspn_tf.methods.standard_scale import StandardScale

NAMES = ("devise", "ale", "sje")


def test_features_have_mean_0_deviation_1_over_the_largest():
    features = np.random.default_rng(0).normal(3.0, 2.0, (50, 4))
    features = features.astype(np.float32)
    features[:, 2] = 7.0
    scaled = StandardScale(features)(features).numpy()
    standard = (features - features.mean(0)) / features.std(0).clip(1e-3)
    standard[:, 2] = 0.0
    np.testing.assert_allclose(scaled, standard / standard.max(), atol=1e-5)
    assert scaled.max() == pytest.approx(1.0) and (scaled[:, 2] == 0.0).all()


def test_constant_features_become_0():
    features = np.full((3, 2), 0.1, np.float32)
    np.testing.assert_array_equal(StandardScale(features)(features), 0.0)


def test_the_unit_and_the_origin_of_features_change_nothing(tiny):
    view = tiny.training()
    moved = dataclasses.replace(view, features=100.0 * view.features - 300.0)
    features = tiny.test_seen.features
    np.testing.assert_allclose(
        trained("ale", view).scores(features),
        trained("ale", moved).scores(100.0 * features - 300.0),
        rtol=1e-3,
        atol=1e-3,
    )


def test_the_length_of_semantics_changes_nothing(tiny):
    view = tiny.training()
    longer = dataclasses.replace(view, semantics=20.0 * view.semantics)
    features = tiny.test_seen.features
    np.testing.assert_allclose(
        trained("sje", view).scores(features),
        trained("sje", longer).scores(features),
        rtol=1e-4,
        atol=1e-4,
    )


def test_the_start_has_the_published_spread(tiny):
    view = tiny.training()
    wide = dataclasses.replace(
        view, features=np.ones((84, 400), np.float32), semantics=np.eye(10, 50)
    )
    method = built("devise", wide, epochs=1)
    kernels = [layer.kernel.numpy() for layer in method.layers]
    assert kernels[0].std() == pytest.approx(400**-0.5, rel=0.02)
    assert all(np.array_equal(kernels[0], kernel) for kernel in kernels)


def test_rates_are_trained_side_by_side_as_alone(tiny):
    together = trained("ale", tiny.training())
    alone = trained("ale", tiny.training(), learning_rate=RATES[1])
    assert alone.rates == (RATES[1],)
    np.testing.assert_array_equal(
        together.layers[1].kernel, alone.layers[0].kernel
    )
    ends = [layer.kernel.numpy() for layer in together.layers]
    assert all(
        np.abs(end - ends[1]).max() > 1e-3 for end in (ends[0], *ends[2:])
    )


def test_a_setting_counts_its_own_rate_for_each_task(tiny):
    method = trained("ale", tiny.training())
    setting = {"epoch": 4, "rate": 0.1}
    setting["traditional"] = {"epoch": 4, "rate": 1.0}
    method.use(setting)
    features = tiny.test_seen.features
    scaled = method.scale(features)
    for task, rate in (("generalized", 0.1), ("traditional", 1.0)):
        layer = method.layers[RATES.index(rate)]
        np.testing.assert_allclose(
            method.scores(features, task),
            layer(scaled) @ tf.transpose(method.class_semantics),
            rtol=1e-4,
            atol=1e-5,
        )
    assert method.networks()["map"] is method.layers[RATES.index(0.1)]


def test_the_way_to_a_setting_trains_its_rates_alone(tiny):
    walked = trained("ale", tiny.training())
    setting = {"epoch": 4, "rate": 0.1, "traditional": {"rate": 1.0}}
    straight = trained("ale", tiny.training(), setting=setting, epochs=9)
    start = built("ale", tiny.training())
    for rate, layer, there, before in zip(
        RATES, straight.layers, walked.layers, start.layers, strict=True
    ):
        wanted = there if rate in (0.1, 1.0) else before
        np.testing.assert_array_equal(layer.kernel, wanted.kernel)


def test_every_rate_has_its_logs_and_the_first_the_plain_names(tiny):
    method = built("sje", tiny.training())
    logs = method.advance(method.rounds()[0])
    assert set(logs) == {
        name + suffix
        for name in ("objective", "violators")
        for suffix in ("", "_at_0.01", "_at_0.001", "_at_1")
    }


@pytest.mark.parametrize("width", [3, 30])
def test_an_epoch_is_its_steps_whatever_axes_it_takes_them_in(tiny, width):
    stream = np.random.default_rng(5)
    semantics = stream.normal(size=(10, width)).astype(np.float32)
    view = dataclasses.replace(tiny.training(), semantics=semantics)
    method = built("ale", view, learning_rate=0.1)
    features, labels = method._examples
    wanted = start = method.layers[0].kernel.numpy()
    order = method.order.take(88)
    method.order.drawn.assign(0)
    method.advance({"epoch": 1, "rate": 0.1})
    for rows in order.reshape(-1, 8):
        wanted, *_ = ranking.step(
            ranking.by_rank,
            wanted,
            tf.gather(features, rows),
            tf.gather(labels, rows),
            method._seen_semantics,
            0.1,
            1.0,
        )
    assert np.abs(wanted - start).max() > 0.05
    np.testing.assert_allclose(
        method.layers[0].kernel, wanted, rtol=1e-3, atol=1e-5
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_objective_falls(tiny, name):
    method = built(name, tiny.training(), learning_rate=0.1, epochs=20)
    logs = [method.advance(state) for state in method.rounds()]
    assert logs[-1]["objective"] < 0.5 * logs[0]["objective"]
    assert logs[-1]["violators"] < logs[0]["violators"]


@pytest.mark.parametrize("name", NAMES)
def test_174_080_parameters_at_the_sizes_of_awa(name):
    method = built(name, cost.blank(2048, 85, 40, 10))
    counted = cost.of(method)
    assert counted["parameters"] == 174_080
    # x W and its transpose; what classes add is little.
    per_example = counted["training_step_flops"]
    assert 4 * 174_080 < per_example < 4.5 * 174_080


@pytest.mark.parametrize("name", NAMES)
def test_one_row_a_class_and_six_classes_train(tiny, name):
    few = one_row_a_class(tiny.training())
    method = trained(name, few, batch_size=64, epochs=2)
    scores = method.scores(tiny.test_unseen.features)
    assert scores.shape == (15, 8) and np.isfinite(scores).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_loss_that_is_not_finite_names_the_flag(tiny, name):
    method = built(name, tiny.training(), learning_rate=1e38)
    with pytest.raises(InputError, match=f"--{name}.learning_rate=1e\\+38"):
        for state in method.rounds():
            method.advance(state)


def test_training_step_is_that_of_the_rate_in_use(tiny):
    view = tiny.training()
    method = built("devise", view)
    method.use({"epoch": 1, "rate": 0.1})
    before = [layer.kernel.numpy() for layer in method.layers]
    method.abilities()["training_step"](view.features[:9], view.labels[:9])
    moved = [
        not np.array_equal(layer.kernel, start)
        for layer, start in zip(method.layers, before, strict=True)
    ]
    assert moved == [rate == 0.1 for rate in RATES]
