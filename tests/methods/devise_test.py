"""DeViSE: the full sum, and the label vector that it predicts."""

import numpy as np
from small import built, trained

from aspn_tf.methods import ranking
from aspn_tf.methods.devise.method import DeViSE


def test_every_violator_counts():
    assert DeViSE.weigh is ranking.every


def test_a_description_is_as_long_as_the_data_and_points_to_the_class(tiny):
    method = trained("devise", tiny.training(), learning_rate=0.1, epochs=30)
    told = method.abilities()["describe"](tiny.test_seen.features).numpy()
    lengths = np.linalg.norm(tiny.semantics, axis=1, keepdims=True)
    np.testing.assert_allclose(
        np.linalg.norm(told, axis=1), lengths[tiny.seen].mean(), rtol=1e-4
    )
    unit = tiny.semantics / lengths
    cosines = told @ unit.T
    # The cosine ranks the classes of an example as the scores do.
    np.testing.assert_array_equal(
        cosines.argmax(1),
        method.scores(tiny.test_seen.features).numpy().argmax(1),
    )
    nearest = cosines[:, tiny.seen].argmax(1)
    assert np.mean(nearest == tiny.test_seen.labels) > 0.6


def test_half_of_margin_rate_and_start_is_half_of_the_map(tiny):
    """So that one of the three need not be searched."""
    kernels = []
    for share in (1.0, 0.5):
        method = built(
            "devise", tiny.training(), learning_rate=0.1 * share, margin=share
        )
        (layer,) = method.layers
        layer.kernel.assign(share * layer.kernel)
        for state in method.rounds():
            method.advance(state)
        kernels.append(layer.kernel.numpy())
    np.testing.assert_allclose(kernels[1], 0.5 * kernels[0], rtol=1e-5)
