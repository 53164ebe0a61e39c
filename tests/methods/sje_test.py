"""SJE: one wrong class a step, without scaling of x^T W."""

import numpy as np
from small import built, trained

from aspn_tf.methods import ranking
from aspn_tf.methods.sje.method import SJE


def test_the_hardest_class_alone_counts():
    assert SJE.weigh is ranking.hardest
    margins = np.array([[0.0, 2.0, 3.0, 3.0, -1.0]], np.float32)
    np.testing.assert_array_equal(SJE.weigh(margins), [[0, 0, 1, 0, 0]])


def test_scores_grow_with_the_map(tiny):
    """No length of x^T W is divided out."""
    method = built("sje", tiny.training())
    before = method.scores(tiny.test_seen.features).numpy()
    for layer in method.layers:
        layer.kernel.assign(3.0 * layer.kernel)
    found = method.scores(tiny.test_seen.features)
    np.testing.assert_allclose(found, 3.0 * before, rtol=1e-5, atol=1e-6)


def test_it_moves_less_than_one_that_heeds_every_class(tiny):
    view, moves = tiny.training(), {}
    for name in ("sje", "devise"):
        method = trained(name, view, learning_rate=0.001, epochs=1)
        start = built(name, view).layers[0].kernel
        moves[name] = np.linalg.norm(method.layers[0].kernel - start)
    assert 0.0 < moves["sje"] < moves["devise"]
