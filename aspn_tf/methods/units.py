"""Features in one unit, for systems that were published on raw ones."""

import numpy as np

from aspn_tf.methods.gan import FeatureScale

ROWS = 4096  # that are squared at once


class FeatureUnit(FeatureScale):
    """Features by their root mean square, one number for all dimensions.

    They are moved first as `FeatureScale` moves them: nowhere negative ones
    to begin at 0, where ResNet's begin, others to mean 0. Distances keep
    their proportions, and the mean squared length is d, about what ResNet's
    features have.

    Args:
      features: (n, d), to learn it from.
    """

    def __init__(self, features):
        super().__init__(features)
        shift = self.shift.numpy()
        squares = sum(
            np.square(features[start : start + ROWS] - shift).sum(
                dtype=np.float64
            )
            for start in range(0, len(features), ROWS)
        )
        unit = (squares / features.size) ** 0.5 or 1.0
        self.span.assign(np.full(len(shift), unit))
