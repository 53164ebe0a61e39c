"""DeViSE: one bilinear map, moved by every wrong class within the margin.

Frome et al., "DeViSE: a deep visual-semantic embedding model", NIPS 2013:
sum_{j != y} max(0, margin - t_y M v + t_j M v), with v the feature, t_j the
unit-length label vectors and M the map. Here in the form of the benchmark
whose row stands in the tables (Xian et al., TPAMI 2018; from memory): the
full sum, a margin of 1, plain gradient steps. The paper itself (from memory
too) has a margin of 0.1, Adagrad, stops the sum at the first violator in a
random order, then fine-tunes the network below, and answers with the cosine,
which ranks the classes of one example as the product does.

The rate is published nowhere; it is chosen. What is ours beside that:
`aspn_tf.methods.bilinear`. A public port that walks the classes in the order
of their ids until one violates makes negatives of the low ids alone; the full
sum has no such order.
"""

from aspn_tf.methods.bilinear import Bilinear
from aspn_tf.methods.closed_form import unit


class DeViSE(Bilinear):
    """Bilinear scores; x^T W is the label vector that it predicts."""

    title = "DeViSE"

    def abilities(self):
        """Those of `Bilinear`, and the description of features."""
        return {**super().abilities(), "describe": self.describe}

    def describe(self, features):
        """The predicted semantics (n, q), as long as the data's are."""
        predicted = self.layer_in_use()(self.scale(features))
        return self.semantics_length * unit(predicted)
