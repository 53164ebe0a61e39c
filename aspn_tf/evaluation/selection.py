"""Which state of a method counts, and how far seen classes are handicapped."""

import dataclasses

import numpy as np

from aspn_tf import distribution
from aspn_tf.evaluation import uses
from aspn_tf.evaluation.evaluator import Evaluator
from aspn_tf.evaluation.uses import Choice

RULES = {
    "last": "the last state; nothing selected",
    "validation": "selected on partitions of trainval, retrained on all of it",
    "test": "SELECTED ON TEST DATA, as the paper did",
}


class Walk:
    """Trains, and measures every state on the benchmark's own test splits.

    A state is scored once; of its uses, the best for each task stand for it.
    States that cost no training are measured over all partitions together. To
    a trained state's measures on this one is added what the others made of
    the last untrained state, use by use. To be iterated: (Choice, logs) for
    each state.

    Attributes:
      choices: a `Choice` for each state that was measured.

    Args:
      method: a `Method` built from `benchmark.training()`, not yet trained.
      benchmark: what to measure on; for an honest choice, a partition of the
        training examples.
      calibrated: whether each state's best calibration is applied.
      scouted: what `uses.scout` found on the other partitions.
      patience: trained states without a rise after which it ends; 0: never.
      confident: whether the best so far, and the last state, tell how sure
        their answers are.
    """

    def __init__(
        self,
        method,
        benchmark,
        calibrated,
        scouted=(),
        patience=0,
        confident=True,
    ):
        self._method, self._benchmark = method, benchmark
        self._calibrated, self._scouted = calibrated, scouted
        self._patience, self._confident = patience, confident
        self._beyond = 0.0
        self.choices = []

    def __iter__(self):
        """Goes on after the states that `choices` has."""
        method, states = self._method, self._method.rounds()
        evaluator = Evaluator(method, self._benchmark)
        while len(self.choices) < len(states) and not self._ended():
            state = states[len(self.choices)]
            logs = method.advance(state)
            found, heads = uses.of_state(method, evaluator, state)
            choice = self._measured(state, found)
            last = len(self.choices) + 1 == len(states)
            rises = choice.quality > self._highest()[0]
            if self._confident and (rises or last):
                sure = uses.sure(method, heads, choice, self._benchmark)
                choice = dataclasses.replace(choice, confidence=sure)
            self.choices.append(choice)
            yield choice, logs

    def rises(self):
        """Whether the latest state is better than all before it."""
        return self._highest()[1] == len(self.choices) - 1

    def position(self):
        """How far it has come, a dict that json can write."""
        return {
            "choices": [dataclasses.asdict(one) for one in self.choices],
            "beyond": np.asarray(self._beyond).tolist(),
        }

    def go_on(self, position):
        """Takes up a `position`; the method is in the state of its last."""
        self.choices = [Choice(**one) for one in position["choices"]]
        self._beyond = np.asarray(position["beyond"])

    def _measured(self, state, own):
        """The `Choice` of a state by what its uses are, not yet how sure."""
        method = self._method
        found = uses.estimates([own], self._calibrated)
        if method.untrained(state):
            number = len(self.choices)
            others = [partition[number] for partition in self._scouted]
            pooled = uses.estimates([own, *others], self._calibrated)
            self._beyond, found = pooled - found, pooled
        else:
            found = found + self._beyond
        found = np.array(distribution.of_chief(found.tolist()))
        return uses.choose(method.uses(state), found)

    def _highest(self):
        """The highest quality so far, and where it was reached first."""
        qualities = [choice.quality for choice in self.choices]
        best = max(qualities, default=-1.0)
        return best, qualities.index(best) if qualities else 0

    def _ended(self):
        risen = self._highest()[1]
        gone = len(self.choices) - 1 - risen
        return self._patience and gone >= self._patience


def train(method, setting=None, done=0):
    """Trains to a setting, or to the last state, and puts it to use.

    Args:
      method: a `Method`, not yet trained.
      setting: of a `Choice`; None for the last state as it is.
      done: how many states of the way it has been trained through already.

    Yields:
      (state, logs) for each state on the way.
    """
    states = method.rounds(setting)
    for state in states[done:]:
        logs = method.advance(state)
        yield state, logs
    method.use(setting or states[-1])


def best(choices, rule):
    """The choice that counts: the last, or that of the highest quality.

    Args:
      choices: list of `Choice`, in the order of training.
      rule: "last", "validation" or "test".

    Returns:
      A `Choice`; among equals the first.
    """
    if rule == "last":
        return choices[-1]
    return max(choices, key=lambda choice: choice.quality)
