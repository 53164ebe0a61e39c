"""Generator E_theta, Decoder D_mu and Critic D_phi (Sections 3.2 and 4.1).

The paper's "three-layer neural network of 1,800 hidden units" is read as
input, one hidden layer, output: two hidden layers would exceed the 13.9M
parameters of its Table 2. Every network is built in its constructor, so that
it can be counted, summarised and saved before it ever saw an example.
"""

import keras
from keras import ops

HIDDEN_WIDTH = 1800


@keras.saving.register_keras_serializable(package="aspn_tf")
class Generator(keras.Model):
    """E(s, z): concat, Dense ReLU, Dense (the paper names it the encoder too).

    Inputs: semantics (n, q) and noise (n, nz). Output: features (n, d).

    Args:
      semantics_width: q.
      noise_width: nz, may be 0.
      feature_width: d.
      hidden_width: units of the hidden layer.
      output: "linear" or "relu"; the paper does not say. Signed features
        need "linear".
    """

    def __init__(
        self,
        semantics_width,
        noise_width,
        feature_width,
        hidden_width=HIDDEN_WIDTH,
        output="linear",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.semantics_width = semantics_width
        self.noise_width = noise_width
        self.feature_width = feature_width
        self.hidden_width = hidden_width
        self.output_activation = output
        self.hidden = keras.layers.Dense(hidden_width, "relu", name="hidden")
        start = "zeros" if output == "linear" else "glorot_uniform"
        self.out = keras.layers.Dense(
            feature_width, output, kernel_initializer=start, name="out"
        )
        self.build()

    def build(self, input_shape=None):
        """Makes the weights; the widths are the constructor's."""
        self.hidden.build((None, self.semantics_width + self.noise_width))
        self.out.build((None, self.hidden_width))
        self.built = True

    def call(self, semantics, noise):
        """Features (n, d) of semantics (n, q) and noise (n, nz)."""
        return self.out(self.hidden(ops.concatenate([semantics, noise], -1)))

    def prototypes(self, semantics):
        """E(s, 0): one noise-free feature for each row of semantics."""
        rows = ops.shape(semantics)[0]
        return self(semantics, ops.zeros((rows, self.noise_width)))

    def get_config(self):
        """The constructor's arguments."""
        return {
            "name": self.name,
            "semantics_width": self.semantics_width,
            "noise_width": self.noise_width,
            "feature_width": self.feature_width,
            "hidden_width": self.hidden_width,
            "output": self.output_activation,
        }


@keras.saving.register_keras_serializable(package="aspn_tf")
class Decoder(keras.Model):
    """D_mu(x): Dense ReLU, Dense, split into inferred semantics and noise.

    Input: features (n, d). Outputs: semantics (n, q) and noise (n, nz), both
    linear: FLO's semantics have negative values that a ReLU cannot reach.

    Args:
      feature_width: d.
      semantics_width: q.
      noise_width: nz, may be 0.
      hidden_width: units of the hidden layer.
    """

    def __init__(
        self,
        feature_width,
        semantics_width,
        noise_width,
        hidden_width=HIDDEN_WIDTH,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.feature_width = feature_width
        self.semantics_width = semantics_width
        self.noise_width = noise_width
        self.hidden_width = hidden_width
        self.hidden = keras.layers.Dense(hidden_width, "relu", name="hidden")
        self.out = keras.layers.Dense(semantics_width + noise_width, name="out")
        self.build()

    def build(self, input_shape=None):
        """Makes the weights; the widths are the constructor's."""
        self.hidden.build((None, self.feature_width))
        self.out.build((None, self.hidden_width))
        self.built = True

    def call(self, features):
        """Semantics (n, q) and noise (n, nz) of features (n, d)."""
        both = self.out(self.hidden(features))
        return both[:, : self.semantics_width], both[:, self.semantics_width :]

    def get_config(self):
        """The constructor's arguments."""
        return {
            "name": self.name,
            "feature_width": self.feature_width,
            "semantics_width": self.semantics_width,
            "noise_width": self.noise_width,
            "hidden_width": self.hidden_width,
        }


@keras.saving.register_keras_serializable(package="aspn_tf")
class Critic(keras.Model):
    """D_phi(x, s): concat, Dense ReLU, Dense 1; linear, as a WGAN needs.

    Inputs: features (n, d) and semantics (n, q). Output: (n, 1).

    Args:
      feature_width: d.
      semantics_width: q.
      hidden_width: units of the hidden layer.
    """

    def __init__(
        self,
        feature_width,
        semantics_width,
        hidden_width=HIDDEN_WIDTH,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.feature_width = feature_width
        self.semantics_width = semantics_width
        self.hidden_width = hidden_width
        self.hidden = keras.layers.Dense(hidden_width, "relu", name="hidden")
        self.out = keras.layers.Dense(1, name="out")
        self.build()

    def build(self, input_shape=None):
        """Makes the weights; the widths are the constructor's."""
        self.hidden.build((None, self.feature_width + self.semantics_width))
        self.out.build((None, self.hidden_width))
        self.built = True

    def call(self, features, semantics):
        """Scores (n, 1), larger for pairs that look real."""
        return self.out(self.hidden(ops.concatenate([features, semantics], -1)))

    def get_config(self):
        """The constructor's arguments."""
        return {
            "name": self.name,
            "feature_width": self.feature_width,
            "semantics_width": self.semantics_width,
            "hidden_width": self.hidden_width,
        }
