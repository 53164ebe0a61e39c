"""A model for engines of other makers: NumPy in, NumPy out, and it pickles.

Such an engine sends what it calls to its workers; what is sent here is where
the model lies, not the model.
"""

import functools
import os

import numpy as np

from aspn_tf.errors import refuse_below_one
from aspn_tf.serving import loaded


class Predictor:
    """Names and scores of the best classes; loads once in each process.

    Attributes:
      directory: where the exported model lies, for every process that calls.
      top_k: classes a row, at most.

    Args:
      directory: as `aspn_tf.load` takes it.
      top_k: how many classes.
    """

    def __init__(self, directory, top_k=1):
        refuse_below_one(top_k=top_k)
        self.directory = os.path.abspath(directory)
        self.top_k = top_k

    @property
    def model(self):
        """The `aspn_tf.serving.model.Model` of this process.

        Raises:
          InputError: as `aspn_tf.load`.
        """
        return _model(self.directory)

    def __call__(self, features):
        """Recognises n examples.

        Args:
          features: (n, d), in the data's own units.

        Returns:
          names (n, k) str and scores (n, k) float32, the best first.

        Raises:
          InputError: the width is not the trained one, or a number is not
            finite.
        """
        index, scores = self.model.best(features, top_k=self.top_k)
        return np.array(list(self.model.classes))[index], scores


@functools.lru_cache(maxsize=4)
def _model(directory):
    return loaded.load(directory)
