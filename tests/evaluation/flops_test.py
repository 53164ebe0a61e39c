"""What is counted, and that nothing is left out in silence."""

import pytest
import tensorflow as tf

from aspn_tf.evaluation.flops import flops


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


def test_what_is_recorded_and_not_asked_for_does_not_count():
    """The tape's rule makes both gradients of a product; one is used."""

    def slope(x, w):
        with tf.GradientTape() as tape:
            tape.watch((x, w))
            y = tf.matmul(x, w)
        return tape.gradient(y, (x, w))[0]

    specs = tf.TensorSpec((3, 5), tf.float32), tf.TensorSpec((5, 7), tf.float32)
    counted, _ = flops(slope, *specs)
    assert counted == 2 * 3 * 5 * 7


def test_what_moves_a_variable_counts():
    variable = tf.Variable(tf.zeros((3, 7)))

    def move(x, w):
        variable.assign(tf.matmul(x, w))

    specs = tf.TensorSpec((3, 5), tf.float32), tf.TensorSpec((5, 7), tf.float32)
    assert flops(move, *specs)[0] == 2 * 3 * 5 * 7


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
