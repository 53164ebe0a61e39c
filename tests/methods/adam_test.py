"""The fused kernel against Keras' own Adam."""

import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.methods.adam import FusedAdam

SHAPES = [(3, 4), (4,), ()]


def trained(optimizer, steps=5, traced=True, dtype="float32"):
    stream = np.random.default_rng(0)
    variables = [
        keras.Variable(stream.normal(size=s), dtype=dtype) for s in SHAPES
    ]
    optimizer.build(variables)

    def step(*gradients):
        optimizer.apply(list(gradients), variables)

    run = tf.function(step) if traced else step
    for _ in range(steps):
        run(*(tf.constant(stream.normal(size=s), dtype) for s in SHAPES))
    return [
        v.numpy() for v in (*variables, *optimizer.variables) if len(v.shape)
    ]


@pytest.mark.parametrize("traced", [True, False])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"beta_1": 0.5, "epsilon": 1e-3},
        {"weight_decay": 0.1},
        {"amsgrad": True},
        {"learning_rate": keras.optimizers.schedules.CosineDecay(0.1, 4)},
    ],
    ids=["plain", "other", "decay", "amsgrad", "schedule"],
)
def test_it_moves_as_keras_adam_does(settings, traced):
    settings = {"learning_rate": 0.01, **settings}
    found = trained(FusedAdam(**settings), traced=traced)
    expected = trained(keras.optimizers.Adam(**settings), traced=traced)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_other_types_than_float32_are_left_to_keras():
    pair = (FusedAdam(0.01), keras.optimizers.Adam(0.01))
    found, expected = (trained(one, dtype="float64") for one in pair)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_it_scales_the_loss_where_it_is_wrapped():
    settings = {"learning_rate": 0.01}
    wrapped = keras.optimizers.LossScaleOptimizer(FusedAdam(**settings))
    plain = keras.optimizers.LossScaleOptimizer(
        keras.optimizers.Adam(**settings)
    )
    for one, other in zip(trained(wrapped), trained(plain), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_it_is_saved_with_its_model(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(FusedAdam(0.01), "mse")
    model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert isinstance(again.optimizer, FusedAdam)
    assert int(again.optimizer.iterations) == 1


@pytest.mark.parametrize("decay", [None, 0.1])
def test_the_graph_of_a_training_step_is_freed(decay):
    graphs = []

    def train():
        weights = keras.Variable(np.ones(3, np.float32))
        optimizer = FusedAdam(0.01, weight_decay=decay)
        optimizer.build([weights])

        @tf.function
        def step():
            optimizer.apply([tf.ones(3)], [weights])

        graphs.append(weakref.ref(step.get_concrete_function().graph))
        step()

    train()
    gc.collect()
    assert graphs[0]() is None
