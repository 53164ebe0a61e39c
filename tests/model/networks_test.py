"""The three networks: sizes, formulas, round trips."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.model.critic import Critic
from aspn_tf.model.layers import CategoryAttention
from aspn_tf.model.networks import Decoder, Generator

# Of CLSWGAN's published code.
PUBLISHED = {
    "hidden_activation": keras.layers.LeakyReLU(negative_slope=0.2),
    "initializer": keras.initializers.RandomNormal(stddev=0.02),
}
NETWORKS = {
    "generator": (lambda: Generator(3, 2, 4, 5), (3, 2)),
    "relu generator": (lambda: Generator(3, 0, 4, 5, "relu"), (3, 0)),
    "leaky generator": (lambda: Generator(3, 2, 4, 5, **PUBLISHED), (3, 2)),
    "decoder": (lambda: Decoder(4, 3, 2, 5), (4,)),
    "noiseless decoder": (lambda: Decoder(4, 3, 0, 5), (4,)),
    "critic": (lambda: Critic(4, 3, 5), (4, 3)),
    "leaky critic": (lambda: Critic(4, 3, 5, **PUBLISHED), (4, 3)),
}
networks = pytest.mark.parametrize(
    ("make", "widths"), NETWORKS.values(), ids=NETWORKS
)


def inputs(widths, rows=6):
    stream = np.random.default_rng(0)
    return [
        tf.constant(stream.normal(size=(rows, width)), tf.float32)
        for width in widths
    ]


def drawn(network):
    """The network with every weight drawn anew, biases included."""
    stream = np.random.default_rng(1)
    for weight in network.weights:
        weight.assign(stream.normal(size=weight.shape))
    return network


def dense(layer, rows):
    return rows @ layer.kernel.numpy() + layer.bias.numpy()


def oracle(network, *rows):
    hidden = dense(network.hidden, np.concatenate(rows, 1))
    slope = 0.0 if network.hidden_activation == "relu" else 0.2
    return dense(network.out, np.where(hidden > 0.0, hidden, slope * hidden))


def test_awa_parameters_are_those_of_table_2():
    q, d = 85, 2048
    attention = CategoryAttention(d // 4)
    attention.build((None, d))
    counts = [
        part.count_params()
        for part in (
            Generator(q, q, d),
            Decoder(d, q, q),
            Critic(d, q),
            attention,
        )
    ]
    alpha = 1
    assert counts == [3_996_248, 3_994_370, 3_843_001, 2_097_152 + alpha]
    assert sum(counts) == 13_930_771 + alpha


@networks
def test_a_network_is_one_bent_layer_and_a_linear_one(make, widths):
    network = drawn(make())
    rows = inputs(widths)
    output = tf.concat(tf.nest.flatten(network(*rows)), axis=-1)
    expected = oracle(network, *(row.numpy() for row in rows))
    if getattr(network, "output_activation", "linear") == "relu":
        expected = np.maximum(expected, 0.0)
    np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-5)


@networks
def test_a_network_is_built_before_its_first_call(make, widths):
    assert make().built and make().count_params() > 0


@networks
def test_a_saved_network_gives_the_same_output(tmp_path, make, widths):
    network = drawn(make())
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    assert again.get_config() == network.get_config()
    json.dumps(network.get_config())
    rows = inputs(widths)
    for one, other in zip(
        tf.nest.flatten(network(*rows)),
        tf.nest.flatten(again(*rows)),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


@networks
def test_weights_travel_through_a_file(tmp_path, make, widths):
    network, other = drawn(make()), make()
    network.save_weights(tmp_path / "network.weights.h5")
    other.load_weights(tmp_path / "network.weights.h5")
    for one, two in zip(network.weights, other.weights, strict=True):
        np.testing.assert_array_equal(one, two)


@networks
def test_eager_and_traced_calls_agree(make, widths):
    network = drawn(make())
    traced = tf.function(
        network,
        input_signature=[tf.TensorSpec((None, w), tf.float32) for w in widths],
    )
    for count in (6, 1):
        rows = inputs(widths, count)
        for one, other in zip(
            tf.nest.flatten(network(*rows)),
            tf.nest.flatten(traced(*rows)),
            strict=True,
        ):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_prototypes_are_the_generator_without_noise():
    generator = drawn(Generator(3, 2, 4, 5))
    (semantics,) = inputs([3])
    np.testing.assert_array_equal(
        generator.prototypes(semantics), generator(semantics, tf.zeros((6, 2)))
    )


@pytest.mark.parametrize("zero_output", [False, True])
@pytest.mark.parametrize("output", ["linear", "relu"])
def test_a_new_generator_can_learn(output, zero_output):
    # A ReLU output that starts at exactly 0 would have no gradient, ever.
    generator = Generator(3, 2, 4, 50, output, zero_output)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum((generator(*inputs([3, 2])) - 1.0) ** 2)
    gradient = tape.gradient(loss, generator.out.kernel)
    assert np.abs(gradient).max() > 0.0


def test_the_output_starts_at_0_only_where_asked():
    assert Generator(3, 2, 4, 5).out.kernel.numpy().all()
    zero = Generator(3, 2, 4, 5, zero_output=True)
    assert not zero.out.kernel.numpy().any()
    assert zero.hidden.kernel.numpy().any()
    assert Generator.from_config(zero.get_config()).zero_output


def test_the_initializer_draws_each_kernel_anew():
    critic = Critic(40, 40, 80, **PUBLISHED)
    generator = Generator(40, 40, 80, 80, **PUBLISHED)
    kernels = [
        layer.kernel.numpy()
        for layer in (critic.hidden, generator.hidden, generator.out)
    ]
    for kernel in kernels:
        assert kernel.std() == pytest.approx(0.02, rel=0.1)
    assert not np.array_equal(kernels[0], kernels[1])
    assert not np.array_equal(kernels[1], kernels[2])


@networks
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_outputs_are_float32_in_mixed_precision(make, widths, policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    network = make()
    keras.config.set_dtype_policy(before)
    assert network.hidden.compute_dtype == policy.removeprefix("mixed_")
    for output in tf.nest.flatten(network(*inputs(widths))):
        assert output.dtype == tf.float32


def test_the_dtype_of_a_network_is_that_of_its_layers():
    network = Decoder(4, 3, 2, 5, dtype="mixed_bfloat16")
    assert network.out.compute_dtype == "bfloat16"
    again = Decoder.from_config(network.get_config())
    assert again.out.compute_dtype == "bfloat16"


def test_the_decoder_splits_semantics_from_noise():
    semantics, noise = Decoder(4, 3, 2, 5)(*inputs([4]))
    assert semantics.shape == (6, 3) and noise.shape == (6, 2)


def test_the_critic_may_score_below_zero():
    critic = Critic(4, 3, 5)
    critic.out.bias.assign([-100.0])
    assert (critic(*inputs([4, 3])).numpy() < 0.0).all()


def test_a_summary_can_be_printed(capsys):
    Generator(3, 2, 4, 5).summary()
    assert "54" in capsys.readouterr().out  # (3+2)5+5 + 5*4+4
