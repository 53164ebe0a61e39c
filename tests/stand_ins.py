"""Methods without training, for tests of what serves them."""

import numpy as np
import tensorflow as tf

from aspn_tf.methods.base import Method

HIDDEN = 16


class Linear(Method):
    """Nearest prototype in standardised units, one linear map of semantics."""

    title = "Linear"

    def __init__(self, view, settings=None, seed=0):
        super().__init__(view, settings, seed)
        rows = view.features.astype(np.float64)
        shift, scale = rows.mean(0), rows.std(0)
        points = (rows - shift) / scale
        self.shift, self.scale, self.semantics, self.map = (
            tf.Variable(value, dtype=tf.float32)
            for value in (
                shift,
                scale,
                view.semantics,
                np.linalg.lstsq(view.semantics[view.labels], points)[0],
            )
        )
        self.traced = 0

    def heads(self, features):
        return self.open_heads(features, self.semantics)

    def open_heads(self, features, semantics):
        self.traced += 1
        nearness = _nearness(self._scaled(features), semantics @ self.map)
        return {"compatibility": nearness}

    def abilities(self):
        return {"prototypes": self._prototypes, "classify": self.classify}

    def linear(self, task):
        shift, scale, prototypes = (
            value.numpy().astype(np.float64)
            for value in (self.shift, self.scale, self.semantics @ self.map)
        )
        bias = -0.5 * (prototypes**2).sum(1)
        return shift, prototypes.T / scale[:, None], bias

    def _scaled(self, features):
        return (features - self.shift) / self.scale

    def _prototypes(self, semantics):
        return semantics @ self.map * self.scale + self.shift


class Curved(Linear):
    """Counts what a hidden layer decodes as well, but not among the unseen."""

    title = "Curved"
    heads_offered = ("compatibility", "decoded")

    def __init__(self, view, settings=None, seed=0):
        super().__init__(view, settings, seed)
        draw = np.random.default_rng(seed).normal
        self.hidden, self.out = (
            tf.Variable(draw(size=shape), dtype=tf.float32)
            for shape in (
                (view.feature_width, HIDDEN),
                (HIDDEN, view.semantics_width),
            )
        )

    def open_heads(self, features, semantics):
        heads = super().open_heads(features, semantics)
        decoded = self._describe(features)
        return {**heads, "decoded": _nearness(decoded, semantics)}

    def weights(self, setting):
        return {
            **super().weights(setting),
            "traditional": {"compatibility": 1.0},
        }

    def abilities(self):
        return {**super().abilities(), "describe": self._describe}

    def linear(self, task):
        return super().linear(task) if task == "traditional" else None

    def _describe(self, features):
        return tf.nn.relu(self._scaled(features) @ self.hidden) @ self.out


def _nearness(points, others):
    products = tf.matmul(points, others, transpose_b=True)
    return products - 0.5 * tf.reduce_sum(others**2, axis=1)
