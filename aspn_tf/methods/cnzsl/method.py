"""CNZSL: class semantics to prototypes, normalised over the classes.

Skorokhodov and Elhoseiny, "Class normalization for (continual?) generalized
zero-shot learning", ICLR 2021: the cross-entropy over seen classes of
g^2 cos(x, P(s)), where g = 5 and P is Dense, ReLU, Dense, CN, ReLU, CN, Dense,
ReLU with CN(h) = (h - mean h) / (var h + 1e-5) over the seen classes, unit by
unit, and the last kernel from U(-b, b), b = sqrt(3 / (inputs outputs)).

Symbols, once: x feature, s semantics brought to length sqrt(q), P the network.

The published code divides by the variance and not by its root: CN(a h) is
CN(h) / a, and two of them about a ReLU keep the scale of every unit. A batch
normalisation is another system, `normalisation` "deviation". Only classes that
are seen make the statistics, which are recomputed from their semantics
whenever a prototype is asked for; the code keeps running averages.

Left out: the code's seen logits times 0.95, set by hand for each data set (the
run's calibration is chosen on validation), and the best epoch on the test
examples, which the repository's own trainer reports. Ours: validation chooses
the epoch, with the published learning rate a tenth in the second half; without
a ReLU at the end where a training feature is negative.
"""

import keras
import numpy as np
import tensorflow as tf

from aspn_tf.methods.dense import draw_biases, half_squares, uniform_by_inputs
from aspn_tf.methods.embedding import (
    Embedding,
    EmbeddingModel,
    columns_of,
    falling,
)
from aspn_tf.methods.scaling import scale_semantics
from aspn_tf.model import losses

EPSILON = 1e-5


class ClassNormalized(keras.Model):
    """P(s): semantics (m, q) to prototypes (m, d).

    Args:
      seen_semantics: (S, q), those of the classes that make the statistics.
      feature_width: d.
      hidden_width: units of both hidden layers.
      normalisation: "variance" or "deviation".
      output: activation of the output, "relu" or "linear".
      **kwargs: those of every `keras.Model`: name, dtype, trainable.
    """

    def __init__(
        self,
        seen_semantics,
        feature_width,
        hidden_width,
        normalisation,
        output,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.seen_semantics = tf.constant(seen_semantics, tf.float32)
        self.semantics_width = seen_semantics.shape[1]
        self.root = normalisation == "deviation"
        widths = [self.semantics_width, hidden_width, hidden_width]
        bound = (3.0 / (hidden_width * feature_width)) ** 0.5  # Eq. 10
        kernels = [
            uniform_by_inputs(),
            uniform_by_inputs(),
            keras.initializers.RandomUniform(-bound, bound),
        ]
        activations = ("relu", "linear", output)
        self.first, self.second, self.out = layers = [
            keras.layers.Dense(
                units,
                activation,
                kernel_initializer=kernel,
                dtype=self.dtype_policy,
            )
            for units, activation, kernel in zip(
                (hidden_width, hidden_width, feature_width),
                activations,
                kernels,
                strict=True,
            )
        ]
        for layer, width in zip(layers, widths, strict=True):
            layer.build((None, width))
        draw_biases(*layers)
        self.built = True

    def call(self, semantics):
        """Prototypes (m, d) of any classes; each is as if it were alone."""
        _, moments = self._normalised(self.seen_semantics)
        return self._output(self._normalised(semantics, moments)[0])

    def seen_prototypes(self):
        """Prototypes (S, d) of the seen classes, in one pass."""
        return self._output(self._normalised(self.seen_semantics)[0])

    def _normalised(self, semantics, moments=None):
        """The second hidden layer, and the moments, if need be, of it."""
        hidden = tf.cast(self.second(self.first(semantics)), tf.float32)
        made = []
        for number, activation in enumerate((tf.nn.relu, tf.identity)):
            made.append(moments[number] if moments else moments_of(hidden))
            hidden = activation(standardised(hidden, *made[-1], self.root))
        return hidden, made

    def _output(self, hidden):
        return tf.cast(self.out(hidden), tf.float32)


def moments_of(hidden):
    """Mean and unbiased variance over the classes, each (1, width)."""
    mean, variance = tf.nn.moments(hidden, 0, keepdims=True)
    count = hidden.shape[0]
    return mean, variance * (count / max(1, count - 1))


def standardised(hidden, mean, variance, root):
    """Centred units divided by their variance, or by its root; Eq. 9."""
    divisor = variance + EPSILON
    return (hidden - mean) / (tf.sqrt(divisor) if root else divisor)


class CNZSLModel(EmbeddingModel):
    """The network and its objective.

    Args:
      generator: P, a `ClassNormalized`.
      columns: int64 (C,), the rows of seen classes among the seen.
      weight_decay: of all weights.
      temperature: divides the cosines.
    """

    TERMS = ("classification", "decay")

    def __init__(self, generator, columns, weight_decay, temperature):
        super().__init__()
        self.generator = generator
        self.columns = tf.constant(columns, tf.int64)
        self.weight_decay = weight_decay
        self.temperature = temperature

    def terms(self, features, labels):
        """The cross-entropy over seen classes, and the decay."""
        scores = losses.compatibility(
            features,
            self.generator.seen_prototypes(),
            "cosine",
            self.temperature,
        )
        columns = tf.gather(self.columns, labels)
        squares = half_squares(self.trainable_variables)
        return {
            "classification": losses.classification(scores, columns),
            "decay": self.weight_decay * squares,
        }


class CNZSL(Embedding):
    """Cosines with prototypes of a normalised network; see `Embedding`."""

    title = "CNZSL"

    def __init__(self, view, settings, seed=0):
        super().__init__(view, settings, seed)
        lengths = np.linalg.norm(view.features, axis=1)
        self.length = tf.Variable(lengths.mean(), False, dtype=tf.float32)

    def scaled_semantics(self, semantics):
        """Rows of length sqrt(q)."""
        return scale_semantics(semantics, "variance")

    def compatibility(self, features, semantics):
        """Cosines over the temperature, (n, m)."""
        return losses.compatibility(
            features,
            self.model.generator(semantics),
            "cosine",
            self.settings.temperature,
        )

    def abilities(self):
        """Also the prototypes."""
        return {**super().abilities(), "prototypes": self.prototypes}

    def prototypes(self, semantics):
        """P(s) at the mean length of the training features, (m, d).

        A cosine knows no length.
        """
        found = self.model.generator(self.scaled_semantics(semantics))
        return self.length * tf.math.l2_normalize(found, axis=-1)

    def networks(self):
        """P."""
        return {"generator": self.model.generator}

    def _model(self):
        settings, view = self.settings, self.view
        generator = ClassNormalized(
            self.class_semantics.numpy()[view.seen],
            view.feature_width,
            settings.hidden_width,
            settings.normalisation,
            "linear" if (view.features < 0.0).any() else "relu",
        )
        return CNZSLModel(
            generator,
            columns_of(view),
            settings.weight_decay,
            settings.temperature,
        )

    def _rate(self):
        settings = self.settings
        half = -(-settings.epochs // 2) * self.updates_a_round()
        return falling(settings.learning_rate, 0.1, half)
