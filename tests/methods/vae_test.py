"""What variational methods share."""

import numpy as np
import pytest
import tensorflow as tf

from aspn_tf.methods import vae


def test_the_divergence_is_the_one_worked_by_hand():
    """1/2 (1 + 1 - 1 - 0) + 1/2 (4 + 4 - 1 - ln 4)."""
    found = vae.divergence(
        tf.constant([[1.0, -2.0]]), tf.math.log([[1.0, 4.0]])
    )
    assert float(found) == pytest.approx(3.306853, abs=1e-6)


def test_a_code_is_its_mean_and_so_many_deviations():
    """1 + 2 x 3."""
    code = vae.sample(1.0, tf.math.log(4.0), 3.0)
    assert float(code) == pytest.approx(7.0)


def test_the_divergence_of_a_doubled_batch_is_the_same():
    mean = tf.random.stateless_normal((5, 3), (1, 2))
    once = vae.divergence(mean, mean)
    twice = vae.divergence(*[tf.concat([mean, mean], 0)] * 2)
    assert float(once) == pytest.approx(float(twice))


def test_a_log_variance_out_of_bounds_stays_finite():
    assert np.isfinite(tf.exp(vae.bounded(tf.constant([1e9, -1e9])))).all()


def test_what_is_kept_of_the_first_layer_is_multiplied():
    encoder = vae.Posterior(3, (4, 5), 2, "relu")
    rows = tf.ones((6, 3))
    whole = encoder.posterior(rows)
    for one, other in zip(whole, encoder.posterior(rows, tf.ones((6, 4)))):
        np.testing.assert_array_equal(one, other)
    for one in encoder.posterior(rows, tf.zeros((6, 4))):
        np.testing.assert_array_equal(one, np.zeros((6, 2)))
    assert [one.shape for one in whole] == [(6, 2), (6, 2)]
    assert any(one.numpy().any() for one in whole)
