"""Benchmark: validation, left-out classes, and no unseen class in training."""

import dataclasses

import numpy as np
import pytest
import xlsa17_files

from aspn_tf import benchmark
from aspn_tf.errors import InputError


@pytest.fixture(scope="module", params=["digit_pairs", "awa1"])
def loaded(request, tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("data")
    if request.param == "digit_pairs":
        return benchmark.load("digit_pairs", data_dir=data_dir)
    xlsa17_files.make(data_dir / "AWA1")
    return benchmark.load("awa1", manual_dir=data_dir, data_dir=data_dir / "d")


def rows_of(split):
    return {row.tobytes() for row in split.features}


def names_of(b, split):
    return {b.class_names[label] for label in split.labels}


def test_unseen_examples_never_reach_training(loaded):
    validation = loaded.validation()
    for b in (loaded, validation):
        assert not np.intersect1d(b.train.labels, b.unseen).size
        for test in (b.test_seen, b.test_unseen):
            assert not rows_of(b.train) & rows_of(test)
    test = rows_of(loaded.test_seen) | rows_of(loaded.test_unseen)
    for split in ("train", "test_seen", "test_unseen"):
        assert not rows_of(getattr(validation, split)) & test


def test_real_unseen_classes_are_absent_from_validation(loaded):
    unseen = {loaded.class_names[i] for i in loaded.unseen}
    assert not unseen & set(loaded.validation().class_names)


def test_validation_divides_the_training_examples(loaded):
    v = loaded.validation()
    parts = v.train, v.test_seen, v.test_unseen
    assert sum(len(p.labels) for p in parts) == len(loaded.train.labels)
    assert set.union(*map(rows_of, parts)) == rows_of(loaded.train)
    chosen = {loaded.class_names[i] for i in loaded.val_unseen}
    assert names_of(v, v.test_unseen) == chosen


def test_validation_renumbers_classes_with_their_semantics(loaded):
    v = loaded.validation()
    for new, name in enumerate(v.class_names):
        old = loaded.class_names.index(name)
        np.testing.assert_array_equal(v.semantics[new], loaded.semantics[old])
        old_rows = loaded.train.take(loaded.train.labels == old)
        new_rows = set()
        for split in (v.train, v.test_seen, v.test_unseen):
            new_rows |= rows_of(split.take(split.labels == new))
        assert new_rows == rows_of(old_rows)


def test_validation_of_validation_is_refused(loaded):
    with pytest.raises(InputError, match="validation classes"):
        loaded.validation().validation()


def test_without_removes_a_class_from_everything(loaded):
    removed = loaded.class_names[loaded.train.labels[0]]
    b = loaded.without((removed,))
    assert removed not in b.class_names
    assert b.class_count == loaded.class_count - 1
    gone = loaded.train.take(
        loaded.train.labels == loaded.class_names.index(removed)
    )
    assert not rows_of(b.train) & rows_of(gone)
    assert names_of(b, b.train) == names_of(loaded, loaded.train) - {removed}
    held_out = b.train.take(b.val_seen_rows)
    before = loaded.train.take(loaded.val_seen_rows)
    assert rows_of(held_out) == rows_of(before) - rows_of(gone)
    chosen = {b.class_names[i] for i in b.val_unseen}
    assert chosen == {loaded.class_names[i] for i in loaded.val_unseen}


def test_without_an_unknown_class_is_refused(loaded):
    with pytest.raises(InputError, match="Received: unicorn"):
        loaded.without(("unicorn",))


def test_unseen_class_in_training_is_refused(loaded):
    with pytest.raises(ValueError, match="`train` must hold only its own"):
        dataclasses.replace(loaded, train=loaded.test_unseen)


def test_overlapping_seen_and_unseen_are_refused(loaded):
    with pytest.raises(ValueError, match="disjoint and cover"):
        dataclasses.replace(loaded, unseen=loaded.seen)
