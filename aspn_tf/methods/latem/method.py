"""LATEM (LatEm): a piecewise linear score, the best of several maps.

Xian et al., "Latent embeddings for zero-shot classification", CVPR 2016:
F(x, y) = max_k x^T W_k s_y under the ranking objective
sum_n sum_y max(0, Delta + F(x_n, y) - F(x_n, y_n)). A violation moves the map
that scored the wrong class away from it and the map that scored the true one
towards that; they may be the same. 150 epochs and K = 2 are the authors' for
AWA; K is otherwise to be chosen, 2 to 10, and published for no other data set.

The objective's own subgradient over all wrong classes is built. The authors'
code draws one wrong class an example; the directions are the same in the mean,
C - 1 times as large for C seen classes, so that the rate, which is chosen,
means another thing. The paper's variant that starts from 16 maps and prunes
those that few examples choose (from memory) is left out. What else is ours:
`aspn_tf.methods.bilinear`.
"""

from aspn_tf.methods.bilinear import Bilinear


class LATEM(Bilinear):
    """The best of several bilinear scores.

    The logs tell how often each map scores the true class: one that never
    does stays as it was drawn, but may still win an unseen class.
    """

    title = "LATEM"

    @property
    def maps(self):
        """K."""
        return self.settings.maps
