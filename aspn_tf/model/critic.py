"""Critic D_phi (Section 3.2), and the slope of its score for Eq. 4."""

import keras
import tensorflow as tf

from aspn_tf.model.networks import HIDDEN_WIDTH, TwoLayers


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

    def enter(self, features, semantics):
        """What enters the hidden layer's activation, (n, h)."""
        return self._enter(tf.concat([features, semantics], axis=-1))

    def leave(self, entered):
        """Scores (n, 1), float32, of what `enter` returned."""
        return tf.cast(self.out(self.hidden.activation(entered)), tf.float32)

    def slope_between(self, entered, mix):
        """The gradient of the score by the features, at mix x + (1 - mix) x^.

        What enters the activation is affine in the features, so that between
        x and x^ it lies between theirs: the place needs no pass of its own,
        forwards or backwards.

        Args:
          entered: (2 n, h), what `enter` returned of x and, after them, of x^,
            both with the same semantics.
          mix: (n, 1) in [0, 1].

        Returns:
          (n, d), float32.
        """
        real, generated = tf.split(entered, 2)
        mix = tf.cast(mix, entered.dtype)
        between = mix * real + (1.0 - mix) * generated
        kernel, out = self._weights(self.hidden.kernel, self.out.kernel)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(between)
            hidden = self.hidden.activation(between)
        back = tape.gradient(
            hidden,
            between,
            output_gradients=tf.broadcast_to(out[:, 0], tf.shape(hidden)),
        )
        slope = tf.matmul(back, kernel, transpose_b=True)
        return tf.cast(slope[:, : self.feature_width], tf.float32)

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "feature_width": self.feature_width,
            "semantics_width": self.semantics_width,
        }

    def _enter(self, rows):
        kernel, bias = self._weights(self.hidden.kernel, self.hidden.bias)
        entered = tf.matmul(tf.cast(rows, kernel.dtype), kernel)
        return tf.nn.bias_add(entered, bias)

    def _weights(self, *variables):
        """Tensors of variables, in the type that the network computes in."""
        return [tf.cast(one, self.compute_dtype) for one in variables]
