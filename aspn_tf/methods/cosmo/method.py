"""COSMO: an expert of seen and one of unseen classes behind a gate.

Atzmon and Chechik, "Adaptive confidence smoothing for generalized zero-shot
learning", CVPR 2019. The experts are trained apart; of their probabilities
p^Z (all classes, of which the unseen columns count) and p^S (seen classes) a
logistic regression tells r, how sure it is of a seen class; with
g = sigmoid((theta - r) / tau) a class scores

    g (p^Z + (1 - g) / |U|)    or    (1 - g) (p^S + g / |S|).

The gate sees the five largest p^Z of unseen classes and the five largest p^S
at temperature 3. T is the expert's own.

Symbols, once: see `gate`.

As the authors' code: the regressions' penalties (their sums and free biases),
theta and tau by H on the gate's own examples, the gate kept when the experts
learn again from all of the training. Other than there: the expert of unseen
classes is a method of this package (`--cosmo.expert`), where the published
rows of AWA1 and CUB are from memory those of LAGO, and only FLO's is surely
CLSWGAN's; all examples train the gate, not two of three; the classes that
play unseen ones are drawn by the seed, as a method sees no partition of the
data set; one grid of theta and tau, about the beliefs that occur, stands for
the authors' one for each data set; temperature 3 sees seen classes alone,
where the code pads them with zeros that count a little; the seen expert's
features are in units of the root of their mean square, which C is told in;
scores of an expert that are no logits are divided by what is most likely on
the held-out examples. The calibration of a run can undo theta's choice.
"""

import numpy as np
import tensorflow as tf

from aspn_tf.methods import scaling
from aspn_tf.methods.base import Method
from aspn_tf.methods.cosmo.experts import Experts, split
from aspn_tf.methods.cosmo.gate import Gate, Parts, smooth


class COSMO(Method):
    """Two pairs of experts: one that answers, one that taught the gate.

    A setting is the expert's. On the way to it the gate rests after states
    that hold "scored": False.
    """

    title = "COSMO"
    heads_offered = ("mixture", "expert")
    notes = (
        "COSMO's expert of unseen classes is here the method of "
        "--cosmo.expert, where the paper's rows of AWA1 and CUB had LAGO. It "
        "is trained twice, once to teach the gate.",
    )

    def __init__(self, view, settings, seed=0):
        super().__init__(view, settings, seed)
        self.patience = settings.patience
        self.experts = Experts(view, settings, seed, "cosmo")
        inner, *self._held = split(view, seed)
        self.twins = Experts(inner, settings, seed, "cosmo")
        self.gate = Gate()
        self.expert_temperature = tf.Variable(1.0, trainable=False)
        self.closed_form = self.expert.closed_form
        self.batches_per_step = self.expert.batches_per_step
        # Columns of [unseen, seen] in the order of the classes.
        self._order = np.argsort(np.concatenate([view.unseen, view.seen]))
        self.use({})

    @property
    def expert(self):
        """The method that recognises unseen classes."""
        return self.experts.method

    @property
    def trainable_variables(self):
        """Those of what answers; the twins are left out."""
        parts = self.expert, self.experts.layer, self.gate.layer
        return tuple(v for part in parts for v in part.trainable_variables)

    def rounds(self, setting=None):
        """The expert's."""
        return self.expert.rounds(setting)

    def untrained(self, state):
        """As the expert says."""
        return self.expert.untrained(state)

    def advance(self, state):
        """Trains both pairs of experts, then the gate."""
        self.twins.advance(state)
        logs = self.experts.advance(state)
        if state.get("scored", True):
            logs = {**logs, **self._fit_gate()}
        return logs

    def heads(self, features):
        """The mixture, and the expert's scores in the traditional task."""
        heads = self.expert.heads(features)
        unseen = self.experts.unseen(
            self.expert._weighed(heads, "generalized"), self.expert_temperature
        )
        logits = self.experts.seen_logits(features)
        opening = self.gate.opening(self.gate.belief(unseen, logits))
        sides = smooth(
            unseen,
            tf.nn.softmax(logits),
            opening,
            len(self.view.unseen),
            len(self.view.seen),
        )
        return {
            "mixture": tf.gather(tf.concat(sides, 1), self._order, axis=1),
            "expert": self.expert._weighed(heads, "traditional"),
        }

    def weights(self, setting):
        """A task is answered by one head."""
        return {
            "generalized": {"mixture": 1.0},
            "traditional": {"expert": 1.0},
            "open": {"mixture": 1.0},
        }

    def abilities(self):
        """The expert's training step; that of its twin costs as much."""
        found = self.expert.abilities()
        return {k: v for k, v in found.items() if k == "training_step"}

    def networks(self):
        """The expert's, the regression and the gate; none without a net."""
        found = self.expert.networks()
        if not found:
            return {}
        return {
            **found,
            "seen_expert": self.experts.layer,
            "gate": self.gate.layer,
        }

    def updates_a_round(self):
        """The expert's; its twin makes as many."""
        return self.expert.updates_a_round()

    def examples_a_round(self):
        """Those of the expert and of its twin."""
        pair = self.expert, self.twins.method
        return sum(one.examples_a_round() for one in pair)

    def _fit_gate(self):
        """Fits r, theta and tau on what the twins make of held-out rows."""
        features, labels = self._held
        scores, logits = (
            scaling.by_parts(function, features).numpy()
            for function in (self.twins.method.scores, self.twins.seen_logits)
        )
        temperature = self.twins.temperature(scores, labels)
        self.expert_temperature.assign(temperature)
        unseen = self.twins.unseen(scores, temperature)
        view = self.twins.view
        classes = np.concatenate([view.unseen, view.seen])
        columns = np.argsort(classes)[labels]
        settings = self.settings
        self.gate.fit(
            unseen,
            logits,
            columns >= len(view.unseen),
            settings.gate_penalty,
        )
        harmonic = self.gate.choose(
            self.gate.belief(unseen, logits).numpy()[:, 0],
            Parts(unseen.numpy(), tf.nn.softmax(logits).numpy(), columns),
            settings.gate_temperature,
            settings.gate_threshold,
        )
        return {
            "held_out_H": 100.0 * harmonic,
            "gate_threshold": float(self.gate.threshold),
            "gate_temperature": float(self.gate.temperature),
        }
