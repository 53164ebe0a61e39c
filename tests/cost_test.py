"""Counts against hand formulas and the paper."""

import numpy as np
import pytest
import tensorflow as tf

from aspn_tf import cost
from aspn_tf.baselines.clswgan import CLSWGAN
from aspn_tf.baselines.eszsl import ESZSL
from aspn_tf.config import Config
from aspn_tf.errors import InputError
from aspn_tf.flops import flops


@pytest.fixture(scope="module")
def awa():
    return cost.at_sizes("awa1")


def dense(inputs, outputs):
    """A matrix product and its bias."""
    return 2 * inputs * outputs + outputs


def test_cycle_clswgan_has_the_parameters_of_table_2(awa):
    assert awa["cycle_clswgan"]["parameters"] == 18_112_648


def test_aspn_has_the_parameters_of_table_2_and_alpha(awa):
    assert awa["aspn"]["parameters"] == 13_930_771 + 1


def test_memory_is_four_bytes_a_weight_and_two_moments_of_each(awa):
    assert awa["aspn"]["weight_bytes"] == 4 * 13_930_772
    assert awa["aspn"]["optimizer_bytes"] == 8 * 13_930_772


def test_forward_flops_are_those_of_the_hand_formulas(awa):
    parts = awa["aspn"]["networks"]
    generator = dense(170, 1800) + dense(1800, 2048)
    decoder = dense(2048, 1800) + dense(1800, 170)
    critic = dense(2133, 1800) + dense(1800, 1)
    assert parts["generator"]["forward_flops"] == generator
    assert parts["decoder"]["forward_flops"] == decoder
    assert parts["critic"]["forward_flops"] == critic
    peer = awa["cycle_clswgan"]["networks"]
    assert peer["regressor"]["forward_flops"] == dense(2048, 85)
    assert peer["softmax"]["forward_flops"] == dense(2048, 50)


def test_attention_costs_two_projections_and_its_share_of_a_batch(awa):
    projections = 2 * 2 * 2048 * 512
    weights = 2 * 64 * 512
    mix = 2 * 64 * 2048
    matrix_products = projections + weights + mix
    counted = awa["aspn"]["networks"]["attention"]["forward_flops"]
    assert matrix_products < counted < 1.01 * matrix_products


def test_a_training_step_of_clswgan_is_its_matrix_products():
    method = CLSWGAN(Config())
    method.build(cost._blank(2048, 85, 40, 10))
    counted = cost.of(method)["training_step_flops"]
    generator = 2 * (170 * 4096 + 4096 * 2048)
    first, last = 2 * 2133 * 4096, 2 * 4096
    # Scores of real and generated features: forward and weights' gradient;
    # the penalty: forward, the gradient by x, and both again backwards.
    scores = 2 * (2 * first + 3 * last)
    penalty = first + last + (first + last) + 4 * (first + last)
    critic_step = generator + scores + penalty
    generator_step = 3 * generator + 2 * (first + last) + 3 * 2 * 2048 * 50
    wanted = 5 * critic_step + generator_step
    assert counted == pytest.approx(wanted, rel=0.08)


def test_a_product_of_matrices_counts_two_for_each_multiply_add():
    counted, _ = flops(
        tf.matmul,
        tf.TensorSpec((3, 5), tf.float32),
        tf.TensorSpec((5, 7), tf.float32),
    )
    assert counted == 2 * 3 * 5 * 7


def test_operations_without_a_count_are_named():
    _, skipped = flops(
        lambda x: tf.exp(tf.matmul(x, x)), tf.TensorSpec((4, 4), tf.float32)
    )
    assert skipped == ["Exp"]


def test_a_count_of_zero_is_an_error():
    with pytest.raises(ValueError, match="Received: zero"):
        flops(tf.exp, tf.TensorSpec((4,), tf.float32))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: tf.einsum("ij,jk->ik", x, x),
        tf.function(lambda x: tf.matmul(x, x)),
        lambda x: tf.while_loop(
            lambda i, y: i < 3,
            lambda i, y: (i + 1, tf.matmul(y, y)),
            (tf.constant(0), x),
        ),
    ],
    ids=["einsum", "tf.function", "while"],
)
def test_what_the_profiler_cannot_see_is_an_error(function):
    with pytest.raises(ValueError, match="in the open"):
        flops(
            lambda x: (tf.matmul(x, x), function(x)),
            tf.TensorSpec((4, 4), tf.float32),
        )


def test_an_unknown_batch_size_is_an_error():
    with pytest.raises(ValueError, match="known shape"):
        flops(
            lambda x: tf.matmul(x, tf.ones((4, 4))),
            tf.TensorSpec((None, 4), tf.float32),
        )


def test_counting_prints_nothing(capfd):
    flops(
        tf.matmul,
        tf.TensorSpec((3, 5), tf.float32),
        tf.TensorSpec((5, 7), tf.float32),
    )
    assert capfd.readouterr() == ("", "")


def test_closed_form_counts_what_it_solved_for(tiny):
    method = ESZSL(Config(method="eszsl"))
    next(method.fit(tiny))
    counted = cost.of(method)
    assert counted["parameters"] == 6 * 4
    assert counted["optimizer_bytes"] == 0
    assert counted["training_step_flops"] is None


def test_table_prints_counts_definition_and_the_paper(awa):
    text = cost.table("awa1", awa)
    for wanted in (
        "13,930,772",
        "18,112,648",
        "multiply-add is 2",
        "109.8 MFLOPs",
        "no cost of computing",
    ):
        assert wanted in text.replace("\n", " ")
    assert max(map(len, text.splitlines())) <= 81


def test_a_data_set_without_known_sizes_is_named():
    with pytest.raises(InputError, match="Received: xlsa17"):
        cost.at_sizes("xlsa17")


def test_costs_can_be_written_as_json(awa):
    import json

    assert json.loads(json.dumps(awa)) == awa
    assert np.isfinite(awa["aspn"]["training_step_flops"])
