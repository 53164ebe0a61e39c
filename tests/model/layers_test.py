"""CategoryAttention against Eqs. 5 and 6."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.errors import InputError
from aspn_tf.model.layers import CategoryAttention

READINGS = [
    (role, scaled) for role in ("mix", "original") for scaled in (False, True)
]
readings = pytest.mark.parametrize(("role", "scaled"), READINGS)


@pytest.fixture
def features():
    return np.random.default_rng(0).normal(size=(6, 8)).astype(np.float32)


def built(width=8, **kwargs):
    keras.utils.set_random_seed(0)
    attention = CategoryAttention(**{"key_width": 3, **kwargs})
    attention.build((None, width))
    return attention


def oracle(x, attention):
    """Eqs. 5 and 6, one output at a time."""
    f, g = (
        x @ projection.kernel.numpy()
        for projection in (attention.f, attention.g)
    )
    outputs = []
    for i in range(len(x)):
        k = np.array([f[i] @ g[j] for j in range(len(x))])
        if attention.scaled:
            k = k / np.sqrt(attention.key_width)
        weights = np.exp(k) / np.exp(k).sum()
        mix = sum(w * row for w, row in zip(weights, x, strict=True))
        alpha = float(attention.alpha)
        share = alpha if attention.role == "mix" else 1 - alpha
        outputs.append(share * mix + (1 - share) * x[i])
    return np.stack(outputs)


@readings
def test_attention_is_equations_5_and_6(features, role, scaled):
    attention = built(role=role, scaled=scaled, initial_alpha=0.7)
    np.testing.assert_allclose(
        attention(features), oracle(features, attention), rtol=1e-4, atol=1e-5
    )


def test_attention_by_hand():
    # f = g = 1 on features 0 and 1: k = [[0, 0], [0, 1]], t = [1/2, e/(1+e)].
    attention = built(width=1, key_width=1, initial_alpha=0.9)
    attention.f.kernel.assign([[1.0]])
    attention.g.kernel.assign([[1.0]])
    t = np.e / (1 + np.e)
    np.testing.assert_allclose(
        attention(np.array([[0.0], [1.0]], np.float32)),
        [[0.9 * 0.5], [0.9 * t + 0.1]],
        rtol=1e-6,
    )


@readings
def test_every_row_of_the_weights_sums_to_1(features, role, scaled):
    weights = built(role=role, scaled=scaled).weights_of(features).numpy()
    assert weights.shape == (6, 6)
    np.testing.assert_allclose(weights.sum(1), np.ones(6), rtol=1e-6)
    assert not np.allclose(weights.sum(0), np.ones(6), atol=1e-2)


def test_alpha_of_0_in_the_mix_leaves_the_features_as_they_are(features):
    attention = built(role="mix", initial_alpha=0.0)
    np.testing.assert_array_equal(attention(features), features)


def test_a_batch_of_one_is_left_as_it_is(features):
    np.testing.assert_allclose(built()(features[:1]), features[:1], rtol=1e-6)


@pytest.mark.parametrize(("push", "end"), [(-100.0, 1.0), (100.0, 0.0)])
def test_alpha_stays_in_the_unit_interval_under_an_optimizer(push, end):
    attention = built()
    optimizer = keras.optimizers.SGD(1.0)
    optimizer.apply([tf.constant(push)], [attention.alpha])
    assert float(attention.alpha) == end


@readings
def test_the_config_makes_the_layer_again(role, scaled):
    attention = built(role=role, scaled=scaled, initial_alpha=0.3, name="a")
    again = keras.layers.deserialize(keras.layers.serialize(attention))
    assert isinstance(again, CategoryAttention)
    assert again.get_config() == attention.get_config()


@readings
def test_a_saved_model_gives_the_same_output(tmp_path, features, role, scaled):
    attention = built(role=role, scaled=scaled)
    attention.alpha.assign(0.25)
    model = keras.Sequential([keras.Input((8,)), attention])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert float(again.layers[-1].alpha) == 0.25
    np.testing.assert_array_equal(again(features), model(features))


def test_eager_and_traced_calls_agree(features):
    attention = built()
    traced = tf.function(
        attention, input_signature=[tf.TensorSpec((None, 8), tf.float32)]
    )
    for rows in (features, features[:2]):
        np.testing.assert_allclose(
            traced(rows), attention(rows), rtol=1e-5, atol=1e-6
        )


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_the_mix_is_float32_in_mixed_precision(features, policy):
    attention = built(dtype=policy)
    outputs = attention(100.0 * features)
    assert attention.f.compute_dtype == policy.removeprefix("mixed_")
    assert outputs.dtype == attention.weights_of(features).dtype == "float32"
    assert np.isfinite(outputs).all()
    np.testing.assert_allclose(
        attention(features), built()(features), rtol=0.02, atol=0.05
    )
    # A feature that is mixed with nothing is not rounded either.
    attention.alpha.assign(0.0)
    np.testing.assert_array_equal(attention(features), features)


def test_the_projections_have_no_bias_and_alpha_is_a_scalar():
    shapes = [tuple(v.shape) for v in built().trainable_variables]
    assert sorted(shapes) == [(), (8, 3), (8, 3)]


def test_the_output_shape_is_the_input_shape():
    assert built().compute_output_shape((None, 8)) == (None, 8)


@pytest.mark.parametrize(
    ("argument", "value"),
    [("key_width", 0), ("role", "both"), ("initial_alpha", 1.5)],
)
def test_a_bad_argument_is_named(argument, value):
    with pytest.raises(InputError, match=f"`{argument}` must .*{value}"):
        CategoryAttention(**{"key_width": 3, argument: value})
