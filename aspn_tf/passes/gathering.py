"""What the closed-form start needs of the features, as one CombineFn."""

import apache_beam as beam

from aspn_tf.data.statistics import Statistics


class Gather(beam.CombineFn):
    """Batches of features and labels to their `Statistics`.

    An element is a pair of features (n, d) and labels (n,), some thousand rows:
    a batch costs a product of the rows with themselves, however few they are.

    Args:
      classes: ids of the classes that labels may have.
      width: d.
      groups: how many the classes are dealt to, such as folds.
    """

    def __init__(self, classes, width, groups=1):
        self._told = classes, width, groups

    def create_accumulator(self):
        """Of nothing."""
        return Statistics(*self._told)

    def add_input(self, mutable_accumulator, element):
        """With a batch more."""
        return mutable_accumulator.add(*element)

    def merge_accumulators(self, accumulators):
        """Of all that they are of."""
        merged, *others = accumulators
        for other in others:
            merged = merged.merge(other)
        return merged

    def extract_output(self, accumulator):
        """As it is."""
        return accumulator
