"""The GAN of GAZSL, as Keras models."""

import keras
import tensorflow as tf

from aspn_tf.methods.gan import FeatureGAN
from aspn_tf.methods.linear_softmax import cross_entropy
from aspn_tf.model import losses
from aspn_tf.model.critic import Critic


class TwoHeads(Critic):
    """D(x): one ReLU layer, then a score and logits of the seen classes.

    Called as any critic, with features (n, d) and semantics (n, q), which it
    does not heed; the answer is the score, (n, 1).

    Args:
      feature_width: d.
      semantics_width: q.
      class_count: S, the width of the logits.
      hidden_width: units of the hidden layer.
      initializer: of all kernels.
    """

    def __init__(
        self,
        feature_width,
        semantics_width,
        class_count,
        hidden_width,
        initializer,
        **kwargs,
    ):
        self.class_count = class_count  # for `build`, which comes next
        super().__init__(
            feature_width, 0, hidden_width, initializer=initializer, **kwargs
        )
        self.semantics_width = semantics_width

    def build(self, input_shape=None):
        """Makes the weights of both heads."""
        self.classes = keras.layers.Dense(
            self.class_count,
            kernel_initializer=self.initializer,
            dtype=self.dtype_policy,
            name="classes",
        )
        self.classes.build((None, self.hidden_width))
        super().build(input_shape)

    def enter(self, features, semantics=None, first=None, lots=1):
        """What enters the hidden layer's activation, (lots n, h)."""
        first = first or self.first_layer()
        return self._multiplied(features, first.of_features) + first.bias

    def name_classes(self, entered):
        """Logits (n, S), float32, of what `enter` returned."""
        hidden = self.hidden.activation(entered)
        return tf.cast(self.classes(hidden), tf.float32)


def pivots(generated, places, means):
    """The distances of classes' means, summed and divided by S.

    Args:
      generated: (n, d).
      places: int64 (n,), rows of `means`: of which class each is.
      means: (S, d), of real features; a class without a generated feature
        has no distance.

    Returns:
      A scalar.
    """
    chosen = tf.one_hot(places, means.shape[0])
    counts = tf.reduce_sum(chosen, axis=0)
    found = tf.matmul(chosen, generated, transpose_a=True)
    found /= tf.maximum(counts, 1.0)[:, None]
    square = tf.reduce_sum(tf.math.squared_difference(found, means), axis=-1)
    # At 0 a root has no gradient.
    distances = tf.sqrt(square + 1e-12) * tf.cast(counts > 0.0, tf.float32)
    return tf.reduce_sum(distances) / means.shape[0]


class GAZSLModel(FeatureGAN):
    """The GAN, whose critic names classes and whose means are held.

    The last of the `critic_steps` + 1 parts of a step's rows is the
    generator's.

    Args:
      *args: those of `FeatureGAN`; the critic is a `TwoHeads`.
      place: int64 (C,), where a class stands among the logits.
      means: (S, d), of the seen classes' features.
      classification_weight: of the generator's classification loss.
      pivot_weight: of `pivots`.
      decay: of the generator's squared kernels.
      **kwargs: those of `FeatureGAN`.
    """

    TERMS = ("adversarial", "classification", "pivot", "decay")

    def __init__(
        self,
        *args,
        place,
        means,
        classification_weight,
        pivot_weight,
        decay,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.place = tf.constant(place)
        self.means = tf.constant(means, tf.float32)
        self.classification_weight = classification_weight
        self.pivot_weight = pivot_weight
        self.decay = decay

    def critic_update(self, real, generated, semantics, labels):
        """One update of the critic and of its classifier."""
        places = tf.gather(self.place, labels)
        both = tf.concat([places, places], axis=0)

        def naming(entered):
            # A sum of two means, of real and of generated features.
            return 2.0 * cross_entropy(both, self.critic.name_classes(entered))

        return self.critic_step(real, generated, semantics, naming)

    def generator_terms(self, generated, semantics, labels):
        """The critic's two terms, the pivots' and the decay's."""
        places = tf.gather(self.place, labels)
        entered = self.critic.enter(generated)
        logits = self.critic.name_classes(entered)
        kernels = [w for w in self.generating_variables if len(w.shape) > 1]
        squares = [tf.reduce_sum(tf.square(kernel)) for kernel in kernels]
        return {
            "adversarial": losses.adversarial(self.critic.leave(entered)),
            "classification": self.classification_weight
            * cross_entropy(places, logits),
            "pivot": self.pivot_weight * pivots(generated, places, self.means),
            "decay": self.decay * tf.add_n(squares),
        }

    def train_step(self, data):
        """All updates of the critic, then one of the generator on fresh rows.

        Args:
          data: features ((critic_steps + 1) n, d) and labels.

        Returns:
          The mean of every loss term since the last reset, by name.
        """
        parts = [tf.split(rows, self.critic_steps + 1) for rows in data]
        self.train_critic(*(tf.concat(rows[:-1], axis=0) for rows in parts))
        return self.train_generator(*(rows[-1] for rows in parts))
