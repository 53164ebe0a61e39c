"""ALE: one bilinear map, moved by violators as their number tells.

Akata et al., "Label-embedding for image classification", TPAMI 2016:
sum_n (beta_r / r) sum_y max(0, Delta + F(x_n, y) - F(x_n, y_n)), with r the
number of wrong classes above the margin and beta_r = 1 + 1/2 + ... + 1/r.

The objective's own subgradient is built, with r counted. The authors draw
wrong classes until one violates, and estimate r by how many draws that took:
the same directions in the mean, with noise, and for 40 classes 1 to 1.58
times the weight (all or one of them violating). Public programs of this name
that train a softmax on x^T W S are something else.

Published rates (of the benchmark's pretrained models; Xian et al., TPAMI
2018): 1e-3 on AWA and aPY, 1e-1 on CUB (with attributes) and SUN, 50 epochs;
`flags/` has them. What is ours: `aspn_tf.methods.bilinear`.
"""

from aspn_tf.methods import ranking
from aspn_tf.methods.bilinear import Bilinear


class ALE(Bilinear):
    """Bilinear scores; see the module."""

    title = "ALE"
    weigh = staticmethod(ranking.by_rank)
    passes = staticmethod(ranking.compiled(ranking.by_rank))
