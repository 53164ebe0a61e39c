"""Generator E_theta and Decoder D_mu (Sections 3.2 and 4.1); see `critic`.

The paper's "three-layer neural network of 1,800 hidden units" is read as
input, one hidden layer, output: two hidden layers would exceed the 13.9M
parameters of its Table 2. Every network is built in its constructor, so that
it can be counted, summarised and saved before it ever saw an example. Outputs
are float32 under every dtype policy, so that losses are.
"""

import keras
from keras import ops

HIDDEN_WIDTH = 1800


class TwoLayers(keras.Model):
    """Dense, activation, Dense: what the three networks have in common.

    Args:
      input_width: of all inputs side by side.
      output_width: units of the output layer.
      hidden_width: units of the hidden layer.
      hidden_activation: of the hidden layer, as `keras.activations.get` takes
        it: "relu", or `keras.layers.LeakyReLU(negative_slope=0.2)`.
      initializer: of both kernels, as `keras.initializers.get` takes it. Each
        draws its own numbers, unless it has a seed.
      output: activation of the output layer, by name.
      zero_output: start the output kernel at 0 instead.
      **kwargs: those of every `keras.Model`: name, dtype, trainable.
    """

    def __init__(
        self,
        input_width,
        output_width,
        hidden_width,
        hidden_activation="relu",
        initializer="glorot_uniform",
        output="linear",
        zero_output=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._input_width = input_width
        self.hidden_width = hidden_width
        self.hidden_activation = keras.activations.serialize(
            keras.activations.get(hidden_activation)
        )
        self.initializer = initializer
        if not isinstance(initializer, str | dict):
            self.initializer = keras.initializers.serialize(initializer)
        self.hidden = keras.layers.Dense(
            hidden_width,
            self.hidden_activation,
            kernel_initializer=self.initializer,
            dtype=self.dtype_policy,
            name="hidden",
        )
        self.out = keras.layers.Dense(
            output_width,
            output,
            kernel_initializer="zeros" if zero_output else self.initializer,
            dtype=self.dtype_policy,
            name="out",
        )
        self.build()

    def build(self, input_shape=None):
        """Makes the weights; the widths are the constructor's."""
        self.hidden.build((None, self._input_width))
        self.out.build((None, self.hidden_width))
        self.built = True

    def forward(self, *inputs):
        """The output layer, float32, for inputs laid side by side."""
        hidden = self.hidden(ops.concatenate(inputs, axis=-1))
        return ops.cast(self.out(hidden), "float32")

    def get_config(self):
        """The constructor's arguments that all three networks share."""
        return {
            **super().get_config(),
            "hidden_width": self.hidden_width,
            "hidden_activation": self.hidden_activation,
            "initializer": self.initializer,
        }


@keras.saving.register_keras_serializable(package="aspn_tf")
class Generator(TwoLayers):
    """E(s, z): concat, Dense ReLU, Dense (the paper names it the encoder too).

    Inputs: semantics (n, q) and noise (n, nz). Output: features (n, d).

    Args:
      semantics_width: q.
      noise_width: nz, may be 0.
      feature_width: d.
      hidden_width: units of the hidden layer.
      output: "linear" or "relu"; the paper does not say. Signed features
        need "linear".
      zero_output: start the output kernel at 0, so that every feature starts
        at the mean of centred ones. Ours, not the paper's. It has no effect
        on a "relu" output, which at exactly 0 would have no gradient, ever.
      **kwargs: see `TwoLayers`.
    """

    def __init__(
        self,
        semantics_width,
        noise_width,
        feature_width,
        hidden_width=HIDDEN_WIDTH,
        output="linear",
        zero_output=False,
        **kwargs,
    ):
        super().__init__(
            semantics_width + noise_width,
            feature_width,
            hidden_width,
            output=output,
            zero_output=zero_output and output == "linear",
            **kwargs,
        )
        self.semantics_width = semantics_width
        self.noise_width = noise_width
        self.feature_width = feature_width
        self.output_activation = output
        self.zero_output = zero_output

    def call(self, semantics, noise):
        """Features (n, d) of semantics (n, q) and noise (n, nz)."""
        return self.forward(semantics, noise)

    def prototypes(self, semantics):
        """E(s, 0): one noise-free feature for each row of semantics."""
        rows = ops.shape(semantics)[0]
        return self(semantics, ops.zeros((rows, self.noise_width)))

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "semantics_width": self.semantics_width,
            "noise_width": self.noise_width,
            "feature_width": self.feature_width,
            "output": self.output_activation,
            "zero_output": self.zero_output,
        }


@keras.saving.register_keras_serializable(package="aspn_tf")
class Decoder(TwoLayers):
    """D_mu(x): Dense ReLU, Dense, split into inferred semantics and noise.

    Input: features (n, d). Outputs: semantics (n, q) and noise (n, nz), both
    linear: FLO's semantics have negative values that a ReLU cannot reach.

    Args:
      feature_width: d.
      semantics_width: q.
      noise_width: nz, may be 0.
      hidden_width: units of the hidden layer.
      **kwargs: see `TwoLayers`.
    """

    def __init__(
        self,
        feature_width,
        semantics_width,
        noise_width,
        hidden_width=HIDDEN_WIDTH,
        **kwargs,
    ):
        super().__init__(
            feature_width,
            semantics_width + noise_width,
            hidden_width,
            **kwargs,
        )
        self.feature_width = feature_width
        self.semantics_width = semantics_width
        self.noise_width = noise_width

    def call(self, features):
        """Semantics (n, q) and noise (n, nz) of features (n, d)."""
        both = self.forward(features)
        return both[:, : self.semantics_width], both[:, self.semantics_width :]

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "feature_width": self.feature_width,
            "semantics_width": self.semantics_width,
            "noise_width": self.noise_width,
        }
