"""What evaluator, calibration, cost and export need of every system."""

import math

import tensorflow as tf


class Method(tf.Module):
    """A system that recognises classes without images; one file each.

    What is learnt lives in tf.Variables or Keras weights, so that a
    SavedModel carries it. Beside the three methods below, a system has those
    of the following that are natural to it; the exporter asks for them:

    - `prototypes(semantics)`: (m, q) -> (m, d), in the data's units;
    - `classify(features, semantics)`: (n, d), (m, q) -> (n, m), any classes;
    - `describe(features)`: (n, d) -> (n, q), inferred semantics;
    - `unseen_scores(features)`: (n, C), where the traditional task has a
      classifier of its own;
    - `training_step(features, labels)`: one update, for the count of FLOPs,
      and `batches_per_step`, how many batches it reads (1 if absent).

    `method` is its name for `--method`; `trained_in_epochs` says that a
    setting is {"epoch": int}.

    Args:
      config: an `aspn_tf.config.Config`.
    """

    method = ""
    trained_in_epochs = True

    def __init__(self, config):
        super().__init__(name=self.method)
        self.config = config

    def fit(self, benchmark, setting=None):
        """Trains, and yields wherever the state may be scored.

        Args:
          benchmark: an `aspn_tf.benchmark.Benchmark`; only its `train` split
            and its class semantics are read.
          setting: None walks through every candidate (each epoch, each pair
            of hyper-parameters). A setting yielded before, chosen on the
            validation partition, trains to just that one.

        Yields:
          (setting, logs): a small dict that names the state, and a dict of
          float scalars such as the loss terms.
        """
        raise NotImplementedError

    def refinements(self, setting):
        """What a state may be used as, without further training.

        Args:
          setting: of the state just yielded by `fit`.

        Returns:
          A list of settings for `refine`; that one alone, if not overridden.
        """
        return [setting]

    def refine(self, setting):
        """Scores from here on as a setting of `refinements` says."""

    def scores(self, features):
        """Scores (n, C) over the training label space, uncalibrated.

        Args:
          features: (n, d), as they come from the data.

        Returns:
          float32 (n, C), larger is better; pure tensor code.
        """
        raise NotImplementedError

    def steps(self, count, batch_size):
        """Batches an epoch over `count` examples."""
        return self.config.steps_per_epoch or math.ceil(count / batch_size)

    def examples_a_state(self, count):
        """How many of `count` examples training draws for one more state."""
        return count

    def networks(self):
        """The trained networks by name; none where the form is closed."""
        return {}
