"""Critic D_phi (Section 3.2), and the slope of its score for Eq. 4."""

from typing import NamedTuple

import keras
import tensorflow as tf

from aspn_tf.model.networks import HIDDEN_WIDTH, TwoLayers


class FirstLayer(NamedTuple):
    """The hidden layer's weights, of the type that the network computes in.

    Taken once for all that is done with them under a tape, so that their
    gradients meet before the two parts become one kernel again.
    """

    of_features: tf.Tensor  # (d, h)
    of_semantics: tf.Tensor  # (q, h)
    bias: tf.Tensor  # (h,)


@keras.saving.register_keras_serializable(package="aspn_tf")
class Critic(TwoLayers):
    """D_phi(x, s): concat, Dense ReLU, Dense 1; linear, as a WGAN needs.

    Inputs: features (n, d) and semantics (n, q). Output: (n, 1). `enter` and
    `leave` are its halves, before and after the hidden layer's activation.

    Args:
      feature_width: d.
      semantics_width: q.
      hidden_width: h, units of the hidden layer.
      **kwargs: see `TwoLayers`.
    """

    def __init__(
        self,
        feature_width,
        semantics_width,
        hidden_width=HIDDEN_WIDTH,
        **kwargs,
    ):
        super().__init__(
            feature_width + semantics_width, 1, hidden_width, **kwargs
        )
        self.feature_width = feature_width
        self.semantics_width = semantics_width

    def call(self, features, semantics):
        """Scores (n, 1), larger for pairs that look real."""
        return self.leave(self.enter(features, semantics))

    def first_layer(self):
        """Its weights, a `FirstLayer`."""
        kernel, bias = (
            tf.cast(one, self.compute_dtype)
            for one in (self.hidden.kernel, self.hidden.bias)
        )
        width = self.feature_width
        parts = tf.split(kernel, [width, kernel.shape[0] - width])
        return FirstLayer(*parts, bias)

    def enter(self, features, semantics, first=None, lots=1):
        """What enters the hidden layer's activation.

        Args:
          features: (lots n, d).
          semantics: (n, q), those of every lot.
          first: of `first_layer`; None: taken anew.
          lots: how often the same semantics come; they are multiplied once.

        Returns:
          (lots n, h).
        """
        first = first or self.first_layer()
        return self._multiplied(features, first.of_features) + tf.tile(
            self._multiplied(semantics, first.of_semantics) + first.bias,
            (lots, 1),
        )

    def leave(self, entered):
        """Scores (n, 1), float32, of what `enter` returned."""
        return tf.cast(self.out(self.hidden.activation(entered)), tf.float32)

    def slope_between(self, entered, mix, first):
        """The gradient of the score by the features, at mix x + (1 - mix) x^.

        What enters the activation is affine in the features, so that between
        x and x^ it lies between theirs: the place needs no pass of its own,
        forwards or backwards.

        Args:
          entered: (2 n, h), what `enter` returned of x and, after them, of x^,
            both with the same semantics.
          mix: (n, 1) in [0, 1].
          first: of `first_layer`, that `entered` came through.

        Returns:
          (n, d), float32.
        """
        real, generated = tf.split(entered, 2)
        mix = tf.cast(mix, entered.dtype)
        between = mix * real + (1.0 - mix) * generated
        out = tf.cast(self.out.kernel, entered.dtype)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(between)
            hidden = self.hidden.activation(between)
        back = tape.gradient(
            hidden,
            between,
            output_gradients=tf.broadcast_to(out[:, 0], tf.shape(hidden)),
        )
        slope = tf.matmul(back, first.of_features, transpose_b=True)
        return tf.cast(slope, tf.float32)

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "feature_width": self.feature_width,
            "semantics_width": self.semantics_width,
        }

    def _multiplied(self, rows, kernel):
        return tf.matmul(tf.cast(rows, kernel.dtype), kernel)
