"""SJE: one bilinear map, moved by the hardest wrong class alone.

Akata et al., "Evaluation of output embeddings for fine-grained image
classification", CVPR 2015, the structured loss of an example:
max(0, max_y Delta + F(x_n, y) - F(x_n, y_n)); among equals the class that
comes first. The margin is 1, as in the benchmark (Xian et al., TPAMI 2018;
from memory) whose row stands in the tables.

A public port scales x^T W before it looks for that class, or standardises it,
which changes its direction; neither is in the paper, and x^T W stays as it is
here. Rates: 1e-3 with 15 epochs on AWA in a public fork of the authors' code,
otherwise unknown; chosen here. What is ours: `aspn_tf.methods.bilinear`.
"""

from aspn_tf.methods import ranking
from aspn_tf.methods.bilinear import Bilinear


class SJE(Bilinear):
    """Bilinear scores; see the module."""

    title = "SJE"
    weigh = staticmethod(ranking.hardest)
    passes = staticmethod(ranking.compiled(ranking.hardest))
