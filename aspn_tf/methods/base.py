"""The seam: what a method offers to evaluation, runs and serving.

A method is built from a `TrainingView`, which has no test rows. The runner
owns the loop:

    method = registry.build("aspn", benchmark.training(), seed=0)
    for state in method.rounds():
        logs = method.advance(state)
        for setting in method.uses(state):
            method.use(setting)
            ... method.scores(features) ...

Scores are a weighed sum of `heads`, computed once a state; which weights is
all that the settings of one state differ in. What is learnt, the weights of
the heads, optimizers, random streams and the position in the data are
variables, so that `tf.train.Checkpoint(method=method)` holds the whole state.
"""

import numpy as np
import tensorflow as tf

TASKS = ("generalized", "traditional", "open")


class Method(tf.Module):
    """A system that recognises classes without images.

    Class attributes:
      title: its name in tables.
      heads_offered: names of what `heads` returns.
      closed_form: its rounds are points of a grid and draw no numbers, so
        that there is no last round worth keeping unseen.
      batches_per_step: how many batches `training_step` reads.
      optimizer_slots: numbers that its optimizer keeps of each weight.
      partitions: of the seen classes, how many it is quick enough to be
        chosen and calibrated on.
      patience: states without a rise on validation after which its training
        ends; 0 for a training that goes to its last state.
      notes: sentences for the user below a comparison.

    Args:
      view: the `aspn_tf.data.benchmark.TrainingView`.
      settings: the method's own `Settings`.
      seed: of everything that it draws.
    """

    title = ""
    heads_offered = ("compatibility",)
    closed_form = False
    batches_per_step = 1
    optimizer_slots = 2  # Adam's
    partitions = 1
    patience = 0
    notes = ()

    def __init__(self, view, settings, seed=0):
        super().__init__(name=type(self).__name__.lower())
        self.view = view
        self.settings = settings
        self.seed = seed
        # One row a task of `TASKS`, one column a head.
        self.mixture = tf.Variable(
            tf.ones((len(TASKS), len(self.heads_offered))),
            trainable=False,
            name="mixture",
        )

    def rounds(self, setting=None):
        """The states to go through, in order.

        Args:
          setting: None for every state. A setting of `uses`, chosen on a
            validation partition, for the way to its state alone.

        Returns:
          A list of small dicts that json can write, each the name of a state.
        """
        raise NotImplementedError

    def untrained(self, state):
        """Whether a state of `rounds` costs no training: the first ones may."""
        return self.closed_form

    def fixed(self):
        """The `Settings` with what this method has chosen by itself.

        Methods on partitions of the same examples are built with them, so
        that they need not choose again.
        """
        return self.settings

    def scouting(self):
        """The same for one that goes no further than its untrained states."""
        return self.fixed()

    def advance(self, state):
        """Trains from the state before to this one of `rounds`.

        Returns:
          A dict of float scalars, such as the loss terms.

        Raises:
          InputError: a loss is not finite.
        """
        raise NotImplementedError

    def heads(self, features):
        """Every part of the scores over the training label space.

        Args:
          features: (n, d), as they come from the data.

        Returns:
          A dict of the names of `heads_offered` to float32 (n, C), larger is
          better; pure tensor code.
        """
        raise NotImplementedError

    def open_heads(self, features, semantics):
        """The parts of the scores against any classes.

        With the semantics of the training label space the same as `heads`.

        Args:
          features: (n, d).
          semantics: (m, q), as the data has them.

        Returns:
          A dict of some names of `heads_offered` to float32 (n, m).
        """
        raise NotImplementedError

    def uses(self, state):
        """The settings that a state may be used at, without more training.

        Returns:
          A list of dicts, the state itself among them; json can write them.
        """
        return [state]

    def weights(self, setting):
        """How much every head counts, in the present state.

        Args:
          setting: one of `uses`.

        Returns:
          A dict of the names of `TASKS` to a dict of head to float; what is
          absent counts nothing.
        """
        whole = dict.fromkeys(self.heads_offered, 1.0)
        return dict.fromkeys(TASKS, whole)

    def use(self, setting):
        """Scores from here on as a setting says.

        Args:
          setting: one of `uses`; under "traditional" another one of them, for
            that task.
        """
        weights = dict(self.weights(setting))
        if "traditional" in setting:
            other = self.weights(setting["traditional"])
            weights["traditional"] = other["traditional"]
        self.mixture.assign(
            [
                [weights[task].get(head, 0.0) for head in self.heads_offered]
                for task in TASKS
            ]
        )

    def abilities(self):
        """What is natural to this method beside its scores, by name.

        Returns:
          A dict of some of these to a callable, pure tensor code:
          - `prototypes`: semantics (m, q) -> (m, d), in the data's units;
          - `classify`: features (n, d), semantics (m, q) -> (n, m), scores
            against any classes;
          - `describe`: features (n, d) -> (n, q), inferred semantics in the
            data's units;
          - `training_step`: features (n, d) and labels (n,) -> dict of
            scalars, all updates of one step; for the count of FLOPs.
        """
        return {}

    def linear(self, task):
        """The scores of a task as one affine map, where they are one.

        Args:
          task: one of `TASKS` but "open".

        Returns:
          None; or shift (d,), weights (d, C) and bias (C,), float64, with
          which scores = (features - shift) weights + bias.
        """
        return None

    def networks(self):
        """The trained networks by name; none where the form is closed."""
        return {}

    def updates_a_round(self):
        """How many updates of its main network a trained round makes."""
        return 0

    def examples_a_round(self):
        """How many training examples a round draws."""
        return len(self.view.labels)

    def scores(self, features, task="generalized"):
        """Scores (n, C) over the training label space, uncalibrated.

        Args:
          features: (n, d).
          task: one of `TASKS`.
        """
        return self._weighed(self.heads(features), task)

    def classify(self, features, semantics):
        """Scores (n, m) against any classes, uncalibrated."""
        return self._weighed(self.open_heads(features, semantics), "open")

    def task_weights(self, task):
        """The present weights of a task, a dict of head to float."""
        row = self.mixture.numpy()[TASKS.index(task)]
        return {
            head: float(weight)
            for head, weight in zip(self.heads_offered, row, strict=True)
            if weight
        }

    def _weighed(self, heads, task):
        """The sum with the present weights; as traced, they are fixed."""
        with tf.init_scope():
            weights = self.task_weights(task)
        return weigh(heads, weights)


def weigh(heads, weights):
    """The sum of some heads, each with its weight; of arrays or tensors."""
    parts = [
        heads[head] if weight == 1.0 else np.float32(weight) * heads[head]
        for head, weight in weights.items()
        if weight
    ]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
