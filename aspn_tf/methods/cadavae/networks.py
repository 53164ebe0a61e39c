"""The encoders and decoders of CADA-VAE."""

import keras
from keras import ops


class Perceptron(keras.Model):
    """Dense ReLU, then one or more linear layers; float32 comes out.

    Kernels are Xavier's, uniform with gain 0.5, biases 0. Input: (n, width).
    Output: a tensor (n, w), or a tuple of one for every width.

    Args:
      width: of the input.
      hidden_width: units of the hidden layer.
      widths: of the outputs, a tuple of ints.
      **kwargs: those of every `keras.Model`: name, dtype, trainable.
    """

    def __init__(self, width, hidden_width, widths, **kwargs):
        super().__init__(**kwargs)
        self.hidden = self._dense(hidden_width, "relu", "hidden")
        self.outs = [
            self._dense(one, "linear", f"out_{number}")
            for number, one in enumerate(widths)
        ]
        self.build((None, width))

    def build(self, input_shape):
        """Makes the weights."""
        self.hidden.build(input_shape)
        for layer in self.outs:
            layer.build((None, self.hidden.units))
        self.built = True

    def call(self, inputs):
        """The outputs; see the class."""
        hidden = self.hidden(inputs)
        made = [ops.cast(layer(hidden), "float32") for layer in self.outs]
        return tuple(made) if len(made) > 1 else made[0]

    def _dense(self, units, activation, name):
        return keras.layers.Dense(
            units,
            activation,
            kernel_initializer=keras.initializers.VarianceScaling(
                scale=0.25, mode="fan_avg", distribution="uniform"
            ),
            dtype=self.dtype_policy,
            name=name,
        )


def make_networks(view, settings, seed):
    """The four networks by name, their weights drawn with Keras' seed.

    Args:
      view: the `aspn_tf.data.benchmark.TrainingView`.
      settings: CADA-VAE's.
      seed: of the weights.
    """
    keras.utils.set_random_seed(seed)
    latent = settings.latent_width
    networks = {}
    for space, width in (
        ("feature", view.feature_width),
        ("semantics", view.semantics_width),
    ):
        sizes = {
            f"{space}_encoder": (width, (latent, latent)),
            f"{space}_decoder": (latent, (width,)),
        }
        for name, (entering, leaving) in sizes.items():
            hidden = getattr(settings, f"{name}_width")
            networks[name] = Perceptron(entering, hidden, leaving, name=name)
    return networks
