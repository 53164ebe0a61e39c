"""The two experts of COSMO on one view, and the split that its gate needs."""

import dataclasses

import keras
import numpy as np
import scipy.optimize
import scipy.special
import tensorflow as tf

from aspn_tf.data import partitions
from aspn_tf.errors import InputError
from aspn_tf.methods import registry, scaling
from aspn_tf.methods.cosmo import logistic
from aspn_tf.methods.units import FeatureUnit

SPLIT = 11  # the stream of the inner split


class Experts(tf.Module):
    """A method for unseen classes, a logistic regression for seen ones.

    Attributes:
      method: the expert of unseen classes.
      layer: that of seen classes, of scaled features.

    Args:
      view: the `aspn_tf.data.benchmark.TrainingView` that both learn from.
      settings: COSMO's.
      seed: of everything that the method draws.
      prefix: of the flags that set the method, where they are COSMO's.
    """

    def __init__(self, view, settings, seed, prefix):
        super().__init__(name="experts")
        self.view = view
        self._settings = settings
        kind = registry.settings_class(settings.expert)
        own = isinstance(settings, kind)
        self.method = registry.build(
            settings.expert, view, settings if own else kind(), seed
        )
        if own:
            self.method.name_in_flags = prefix
        self.scale = FeatureUnit(view.features)
        self.layer = keras.layers.Dense(
            len(view.seen),
            kernel_initializer="zeros",
            dtype="float32",
            name="seen_expert",
        )
        self.layer.build((None, view.feature_width))
        self._fitted = tf.Variable(False, trainable=False)

    def advance(self, state):
        """Trains the method to a state; at first the regression as well."""
        logs = self.method.advance(state)
        self.method.use(state)
        if not bool(self._fitted):
            weights, bias = logistic.fit(
                scaling.by_parts(self.scale, self.view.features).numpy(),
                np.searchsorted(self.view.seen, self.view.labels),
                len(self.view.seen),
                self._settings.seen_penalty,
                self._settings.seen_iterations,
            )
            self.layer.kernel.assign(weights)
            self.layer.bias.assign(bias)
            self._fitted.assign(True)
        return logs

    def seen_logits(self, features):
        """Those of p^S, (n, S)."""
        return self.layer(self.scale(features))

    def unseen(self, scores, temperature):
        """p^Z of the unseen classes, (n, U), of scores of all classes."""
        whole = tf.nn.softmax(scores / temperature)
        return tf.gather(whole, self.view.unseen, axis=1)

    def temperature(self, scores, labels):
        """What the method's scores are to be divided by, a float.

        Args:
          scores: (n, C), of held-out examples.
          labels: (n,).
        """
        if self._settings.expert_temperature:
            return self._settings.expert_temperature
        if "softmax" in self.method.task_weights("generalized"):
            return 1.0
        scores = scores.astype(np.float64)
        middle = np.log(scores.std() or 1.0)

        def wrong(exponent):
            logs = scipy.special.log_softmax(scores / np.exp(exponent), axis=1)
            return -logs[np.arange(len(labels)), labels].mean()

        found = scipy.optimize.minimize_scalar(
            wrong, bounds=(middle - 8.0, middle + 4.0), method="bounded"
        )
        return float(np.exp(found.x))


def split(view, seed):
    """The view without some seen classes and rows, and what was held out.

    As large a share of the seen classes plays the unseen ones as is unseen of
    all; a fifth of the rows of every other class is held out.

    Args:
      view: the `aspn_tf.data.benchmark.TrainingView`.
      seed: of the draw.

    Returns:
      The inner view, whose classes are the seen ones numbered anew; features
      (n, d) and labels (n,) in it of the held-out examples.

    Raises:
      InputError: there is one seen class only.
    """
    stream = np.random.default_rng((seed, SPLIT))
    present = stream.permutation(np.unique(view.labels))
    if len(present) < 2:
        raise InputError(
            "COSMO must have examples of at least 2 seen classes, one of which "
            f"plays an unseen one. Received: {len(present)}"
        )
    share = len(view.unseen) / view.class_count
    count = min(max(round(share * len(present)), 1), max(len(present) - 2, 1))
    unseen = np.sort(present[:count])
    out = np.isin(view.labels, unseen)
    kept = ~out
    kept[partitions.held_out(view.labels, present[count:], stream)] = False
    held = ~kept
    if not (held & ~out).any():  # too few rows to spare one
        held = np.ones_like(held)
    labels = np.searchsorted(view.seen, view.labels)
    inner = dataclasses.replace(
        view,
        features=view.features[kept],
        labels=labels[kept],
        semantics=view.semantics[view.seen],
        seen=np.searchsorted(view.seen, np.setdiff1d(view.seen, unseen)),
        unseen=np.searchsorted(view.seen, unseen),
    )
    return inner, view.features[held], labels[held]
