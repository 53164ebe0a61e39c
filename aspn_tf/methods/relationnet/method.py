"""RelationNet: a network that tells how related a feature and a class are.

Sung et al., "Learning to compare: relation network for few-shot learning",
CVPR 2018: the mean over the pairs of a batch's examples and its classes of
(r(x_i, e_j) - [y_i = j])^2, where e = f(s), f is Dense, ReLU, Dense, ReLU, and
r is Dense, ReLU, Dense, sigmoid of e and x side by side. Decay, coupled, is of
f alone.

Symbols, once: x feature, s semantics, f the attribute network, r the relation
network.

The first layer of r is linear in e and in x, so it is applied to each class
and to each example once and the two are added, which is the same function.
All seen classes are related in a step, and those that a batch has none of are
left out of the loss by a mask, so that shapes are fixed. A score is the logit
of r: the same order, and in float32 r itself is often 0 or 1.

The published code keeps the state that is best on the unseen test examples;
here validation chooses the epoch. It draws every batch from all examples
anew; here they come pass after pass. Ours as well: the unit of features, the
length of semantics and the learning rate (see the settings).
"""

import keras
import tensorflow as tf

from aspn_tf.methods.dense import (
    PrototypeNetwork,
    draw_biases,
    half_squares,
    uniform_by_inputs,
)
from aspn_tf.methods.embedding import (
    EmbeddingModel,
    ScaledEmbedding,
    columns_of,
    falling,
)

BLOCK = 16  # hidden units that are held for all pairs at once


class Relation(keras.Model):
    """The logit of r, float32 under every policy.

    Inputs: features (n, d) and embedded classes (m, d). Output: (n, m).

    Args:
      feature_width: d.
      hidden_width: units of the hidden layer.
      **kwargs: those of every `keras.Model`.
    """

    def __init__(self, feature_width, hidden_width, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.feature_width = self.semantics_width = feature_width
        self.hidden_width = hidden_width
        self.hidden, self.out = layers = [
            keras.layers.Dense(
                units, kernel_initializer=uniform_by_inputs(), dtype="float32"
            )
            for units in (hidden_width, 1)
        ]
        self.hidden.build((None, 2 * feature_width))
        self.out.build((None, hidden_width))
        draw_biases(*layers)
        self.built = True

    def call(self, features, semantics):
        """Logits (n, m) of every pair, at once."""
        halves = self._halves(features, semantics)
        return self._products(*halves, slice(None)) + self.out.bias

    def by_blocks(self, features, semantics):
        """The same with memory for a few hidden units at a time."""
        mine, theirs = self._halves(features, semantics)
        total = tf.convert_to_tensor(self.out.bias)
        for start in range(0, self.hidden_width, BLOCK):
            # A graph would else make all blocks before it adds them up.
            with tf.control_dependencies([total]):
                waiting = tf.identity(mine)
            units = slice(start, start + BLOCK)
            total += self._products(waiting, theirs, units)
        return total

    def _halves(self, features, semantics):
        """The hidden layer before its ReLU, as the sum of two parts."""
        kernel = tf.convert_to_tensor(self.hidden.kernel)
        width = self.feature_width
        theirs = tf.matmul(semantics, kernel[:width]) + self.hidden.bias
        return tf.matmul(features, kernel[width:]), theirs

    def _products(self, mine, theirs, units):
        """What some of the hidden units make of every pair, (n, m)."""
        hidden = tf.nn.relu(mine[:, None, units] + theirs[:, units])
        kernel = tf.convert_to_tensor(self.out.kernel)[units]
        rows = tf.reshape(hidden, (-1, kernel.shape[0]))
        return tf.reshape(tf.matmul(rows, kernel), (-1, tf.shape(theirs)[0]))


def relation_loss(logits, columns):
    """The mean squared error over the classes that have examples.

    Args:
      logits: (n, S), of every example and every seen class.
      columns: int (n,), that of each example's class.

    Returns:
      A scalar, as if the absent classes had no column.
    """
    own = tf.one_hot(columns, logits.shape[1])
    present = tf.reduce_max(own, axis=0)
    wrong = tf.math.squared_difference(tf.sigmoid(logits), own)
    return tf.reduce_sum(tf.reduce_mean(wrong, axis=0) * present) / (
        tf.reduce_sum(present)
    )


class RelationNetModel(EmbeddingModel):
    """The networks and their objective.

    Args:
      attribute: f, a `PrototypeNetwork`.
      relation: r, a `Relation`.
      seen_semantics: (S, q), as f sees them.
      columns: int64 (C,), the rows of seen classes among the seen.
      weight_decay: of f.
    """

    TERMS = ("relation", "decay")

    def __init__(
        self, attribute, relation, seen_semantics, columns, weight_decay
    ):
        super().__init__()
        self.attribute = attribute
        self.relation = relation
        self.seen_semantics = tf.constant(seen_semantics, tf.float32)
        self.columns = tf.constant(columns, tf.int64)
        self.weight_decay = weight_decay

    def terms(self, features, labels):
        """The squared error of the relations, and the decay."""
        logits = self.relation(features, self.attribute(self.seen_semantics))
        squares = half_squares(self.attribute.trainable_variables)
        return {
            "relation": relation_loss(logits, tf.gather(self.columns, labels)),
            "decay": self.weight_decay * squares,
        }


class RelationNet(ScaledEmbedding):
    """Learnt relations of features and classes; see `ScaledEmbedding`."""

    title = "RelationNet"

    def compatibility(self, features, semantics):
        """The logits of r(x, f(s)), (n, m)."""
        return self.model.relation.by_blocks(
            features, self.model.attribute(semantics)
        )

    def networks(self):
        """The networks f and r."""
        return {
            "attribute": self.model.attribute,
            "relation": self.model.relation,
        }

    def _model(self):
        settings, view = self.settings, self.view
        attribute = PrototypeNetwork(
            view.semantics_width,
            view.feature_width,
            settings.hidden_width,
            initializer=uniform_by_inputs(),
            output="relu",
        )
        draw_biases(attribute.hidden, attribute.out)
        return RelationNetModel(
            attribute,
            Relation(view.feature_width, settings.relation_width),
            self.class_semantics.numpy()[view.seen],
            columns_of(view),
            settings.weight_decay,
        )

    def _rate(self):
        settings = self.settings
        return falling(settings.learning_rate, 0.5, settings.halving_steps)
