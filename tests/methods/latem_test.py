"""LATEM: which of several maps a violation moves."""

import dataclasses

import numpy as np
import pytest
from small import built, trained

from aspn_tf.evaluation import cost
from aspn_tf.methods import ranking
from aspn_tf.methods.latem.method import LATEM


@pytest.mark.parametrize(
    ("maps", "wrong", "moved", "chosen"),
    [
        ((1.0, -1.0), -0.8, (1.05, -0.92), (1.0, 0.0)),  # a map each
        ((1.0, -1.0), 0.8, (0.97, -1.0), (1.0, 0.0)),  # both by the first
        ((-1.0, 1.0), 0.8, (-1.0, 0.97), (0.0, 1.0)),
        ((4.0, -1.0), -0.8, (4.0, -1.0), (1.0, 0.0)),  # the margin is kept
    ],
)
def test_one_dimension_by_hand(maps, wrong, moved, chosen):
    kernel, semantics = np.array([maps]), np.array([[0.5], [wrong]])
    found, _, _, wins = ranking.step(
        LATEM.weigh,
        kernel.astype(np.float32),
        np.ones((1, 1), np.float32),
        np.array([0]),
        semantics.astype(np.float32),
        0.1,
        1.0,
    )
    np.testing.assert_allclose(found[0], moved, rtol=1e-5)
    np.testing.assert_array_equal(wins, chosen)


def one_by_one(maps, features, labels, semantics, rate):
    """Plain loops over examples and classes; maps (K, d, q), float64."""
    maps = maps.astype(np.float64)
    for x, label in zip(features, labels, strict=True):
        scores = np.array([[x @ w @ s for s in semantics] for w in maps])
        best, winner = scores.max(0), scores.argmax(0)
        moves = np.zeros_like(maps)
        for y in range(len(semantics)):
            if y != label and 1.0 + best[y] - best[label] > 0.0:
                moves[winner[y]] -= rate * np.outer(x, semantics[y])
                moves[winner[label]] += rate * np.outer(x, semantics[label])
        maps += moves
    return maps


@pytest.mark.parametrize("width", [3, 20])
def test_an_epoch_of_single_examples_is_that_of_loops(tiny, width):
    stream = np.random.default_rng(6)
    semantics = stream.normal(size=(10, width)).astype(np.float32)
    view = dataclasses.replace(tiny.training(), semantics=semantics)
    method = built("latem", view, maps=3, batch_size=1, learning_rate=0.1)
    kernel = method.layers[0].kernel.numpy()
    start = kernel.reshape(6, 3, width).swapaxes(0, 1)
    rows = method.order.take(84)
    method.order.drawn.assign(0)
    logs = method.advance({"epoch": 1})
    features, labels = (part.numpy() for part in method._examples)
    unit = semantics / np.linalg.norm(semantics, axis=1, keepdims=True)
    wanted = one_by_one(start, features[rows], labels[rows], unit[:7], 0.1)
    assert (np.abs(wanted - start).max((1, 2)) > 0.1).all()
    np.testing.assert_allclose(
        method.layers[0].kernel.numpy().reshape(6, 3, width),
        wanted.swapaxes(0, 1),
        rtol=1e-3,
        atol=1e-4,
    )
    shares = [logs[f"map_{number}"] for number in (1, 2, 3)]
    assert sum(shares) == pytest.approx(1.0, abs=1e-5) and max(shares) > 0.3


def test_a_score_is_the_best_map_s(tiny):
    method = trained("latem", tiny.training(), learning_rate=0.1)
    features = tiny.test_unseen.features
    kernel = method.layers[0].kernel.numpy().reshape(6, 2, 4)
    unit = tiny.semantics / np.linalg.norm(
        tiny.semantics, axis=1, keepdims=True
    )
    scaled = method.scale(features).numpy()
    each = np.einsum("nd,dkq,cq->knc", scaled, kernel, unit)
    np.testing.assert_allclose(
        method.scores(features), each.max(0), rtol=1e-4, atol=1e-5
    )
    assert set(each.argmax(0).ravel()) == {0, 1}
    assert method.linear("generalized") is None


def test_one_map_is_devise(tiny):
    one = trained("latem", tiny.training(), maps=1)
    other = trained("devise", tiny.training())
    for mine, theirs in zip(one.layers, other.layers, strict=True):
        np.testing.assert_array_equal(mine.kernel, theirs.kernel)
    assert one.linear("generalized") is not None


@pytest.mark.parametrize("maps", [2, 10])
def test_174_080_parameters_a_map_at_the_sizes_of_awa(maps):
    method = built("latem", cost.blank(2048, 85, 40, 10), maps=maps)
    assert cost.of(method)["parameters"] == 174_080 * maps
