"""Partitions of the seen classes to choose and to calibrate on.

With one, it is the data set's own validation partition. With several, the
seen classes are dealt to as many folds; each fold plays the unseen classes of
one partition, so that every class is unseen once, and a fifth of the rows of
every class is held out for the seen side of all of them.
"""

import dataclasses

import numpy as np

HELD_OUT = 0.2
FOLDS = 5  # of which one is the partition of a benchmark that has none
LEAST_CLASSES = 2  # of a fold: among fewer nothing is recognised


def count_of(benchmark, wanted):
    """How many partitions there can be, at most `wanted`."""
    return max(1, min(wanted, len(benchmark.seen) // LEAST_CLASSES))


def partition(benchmark, number, count, seed=0):
    """One of several partitions, as a benchmark to measure on.

    Args:
      benchmark: the `Benchmark` whose training examples are parted.
      number: which, from 0.
      count: how many there are; 1 for the data set's own.
      seed: of the folds and of the rows held out.

    Returns:
      A `Benchmark`; see `Benchmark.validation`, also for its errors.
    """
    if count > 1:
        benchmark = dealt(benchmark, number, count, seed)
    return benchmark.validation()


def dealt(benchmark, number, count, seed=0):
    """The benchmark with one of several partitions as its validation.

    Args:
      benchmark: the `Benchmark` whose training examples are parted.
      number: which, from 0.
      count: how many there are, 2 or more.
      seed: of the folds and of the rows held out.
    """
    stream = np.random.default_rng((seed, count))
    dealt = stream.permutation(benchmark.seen)
    labels = benchmark.train.labels
    rows = held_out(labels, benchmark.seen, stream)
    unseen = np.sort(dealt[number::count])
    kept = rows[~np.isin(labels[rows], unseen)]
    # The rows held out of a class that is unseen here are examples of it.
    return dataclasses.replace(
        benchmark, val_unseen=unseen, val_seen_rows=np.sort(kept)
    )


def held_out(labels, classes, stream):
    """A fifth of the rows of each class, drawn.

    Args:
      labels: (n,) of all rows.
      classes: ids, in the order in which they are drawn from.
      stream: a `numpy.random.Generator`.

    Returns:
      int (m,), rows.
    """
    drawn = [
        stream.permutation(rows)[: round(HELD_OUT * len(rows))]
        for rows in (np.flatnonzero(labels == c) for c in classes)
    ]
    return np.concatenate(drawn)


def measurable(benchmark):
    """What can be measured on: the benchmark itself, or its validation.

    Where no unseen class has examples, seen classes must play the unseen ones
    in what is reported too. They do in the data set's own validation
    partition; choices are then made on partitions of what is left.

    Args:
      benchmark: the `Benchmark`.

    Returns:
      The benchmark; or its validation partition, whose name and notes say so.

    Raises:
      InputError: there are too few classes or examples for that.
    """
    if len(benchmark.test_unseen.labels):
        return benchmark
    measured = benchmark.validation()
    note = (
        "T, u, s and H cannot be measured: no unseen class has test examples. "
        f"Shown are those of a validation partition, where "
        f"{len(measured.unseen)} of the {len(benchmark.seen)} seen classes "
        "play unseen ones; the exported model is trained on all of them."
    )
    measured = dataclasses.replace(measured, notes=(*measured.notes, note))
    count = count_of(measured, FOLDS)
    return dealt(measured, 0, count) if count > 1 else measured
