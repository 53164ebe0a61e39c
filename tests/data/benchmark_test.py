"""Benchmark: validation, left-out classes, and no unseen class in training."""

import dataclasses

import hypothesis
import numpy as np
import pytest
import xlsa17_files
from hypothesis import strategies

from aspn_tf.data import loading
from aspn_tf.data.benchmark import Benchmark, Split, TrainingView
from aspn_tf.errors import InputError

quick = hypothesis.settings(max_examples=40, deadline=None)


@pytest.fixture(scope="module", params=["digit_pairs", "awa1"])
def loaded(request, tmp_path_factory):
    if request.param == "digit_pairs":
        return request.getfixturevalue("digit_pairs")
    data_dir = tmp_path_factory.mktemp("data")
    xlsa17_files.make(data_dir / "AWA1")
    return loading.load("awa1", manual_dir=data_dir, data_dir=data_dir / "d")


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


def test_a_training_view_holds_no_test_row(loaded):
    names = [field.name for field in dataclasses.fields(TrainingView)]
    arrays = ["features", "labels", "semantics", "seen", "unseen"]
    assert names == [*arrays, "joint"]
    for b in (loaded, loaded.validation(), loaded.without(())):
        view = b.training()
        assert vars(view).keys() == set(names)
        assert view.features.base is None and view.labels.base is None
        assert view.feature_width == b.feature_width
        assert view.semantics_width == b.semantics_width
        assert view.class_count == b.class_count
        np.testing.assert_array_equal(view.features, b.train.features)
        np.testing.assert_array_equal(view.labels, b.train.labels)


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


def test_validation_of_validation_is_refused(loaded):
    with pytest.raises(InputError, match="validation classes"):
        loaded.validation().validation()


def test_without_an_unknown_class_is_refused(loaded):
    with pytest.raises(InputError, match="Received: unicorn"):
        loaded.without(("unicorn",))


def test_unseen_class_in_training_is_refused(loaded):
    with pytest.raises(ValueError, match="`train` must hold only its own"):
        dataclasses.replace(loaded, train=loaded.test_unseen)


def test_overlapping_seen_and_unseen_are_refused(loaded):
    with pytest.raises(ValueError, match="disjoint and cover"):
        dataclasses.replace(loaded, unseen=loaded.seen)


@strategies.composite
def benchmarks(draw):
    """Any benchmark whose rows tell their class and their number."""
    number = strategies.integers
    count = draw(number(3, 7))
    order = np.array(draw(strategies.permutations(range(count))))
    seen_count = draw(number(2, count - 1))
    seen, unseen = np.sort(order[:seen_count]), np.sort(order[seen_count:])
    val_unseen = np.sort(order[: draw(number(1, seen_count - 1))])
    drawn = 0

    def split(classes, each=0):
        nonlocal drawn
        lists = strategies.lists(strategies.sampled_from(classes), max_size=8)
        labels = draw(lists) + each * classes.tolist()
        labels = np.array(draw(strategies.permutations(labels)), np.int64)
        numbers = np.arange(drawn, drawn := drawn + len(labels))
        return Split(np.stack([labels, numbers], 1).astype("f4"), labels)

    train = split(seen, each=2)
    remaining = np.flatnonzero(~np.isin(train.labels, val_unseen))
    held_out = draw(number(1, len(remaining) - 1))
    return Benchmark(
        name="any",
        class_names=tuple(f"class {i}" for i in range(count)),
        semantics=np.arange(count, dtype=np.float32)[:, None],
        seen=seen,
        unseen=unseen,
        train=train,
        test_seen=split(seen),
        test_unseen=split(unseen),
        fingerprint="any",
        attribute_names=("size",),
        image_shape=(1, 2),
        val_unseen=val_unseen,
        val_seen_rows=remaining[::-1][:held_out][::-1],
    )


def check_numbering(b):
    """Every label still means the class that its row tells of."""
    assert [f"class {i:.0f}" for i in b.semantics[:, 0]] == list(b.class_names)
    for split in (b.train, b.test_seen, b.test_unseen):
        told = split.features[:, 0]
        np.testing.assert_array_equal(b.semantics[split.labels, 0], told)


def classes_of(b, ids):
    return {b.class_names[i] for i in ids}


def numbers(split):
    return split.features[:, 1].tolist()


@quick
@hypothesis.given(benchmarks(), strategies.data())
def test_without_removes_classes_from_everything(b, data):
    names = strategies.lists(strategies.sampled_from(b.class_names))
    gone = set(data.draw(names))
    left = b.without(gone)
    check_numbering(left)
    kept = [name for name in b.class_names if name not in gone]
    assert list(left.class_names) == kept
    for ids in ("seen", "unseen", "val_unseen"):
        before = classes_of(b, getattr(b, ids))
        assert classes_of(left, getattr(left, ids)) == before - gone
    stays = np.isin(b.class_names, kept)
    for split in ("train", "test_seen", "test_unseen"):
        old = getattr(b, split)
        assert numbers(getattr(left, split)) == numbers(
            old.take(stays[old.labels])
        )
    before = b.train.take(b.val_seen_rows)
    held_out = before.take(stays[before.labels])
    assert numbers(left.train.take(left.val_seen_rows)) == numbers(held_out)
    assert left.image_shape == b.image_shape
    assert left.attribute_names == b.attribute_names


@quick
@hypothesis.given(benchmarks())
def test_validation_keeps_what_every_row_shows(b):
    v = b.validation()
    check_numbering(v)
    assert classes_of(v, v.unseen) == classes_of(b, b.val_unseen)
    assert set(v.class_names) == classes_of(b, b.seen)
    assert numbers(v.test_seen) == numbers(b.train.take(b.val_seen_rows))
    parts = numbers(v.train) + numbers(v.test_seen) + numbers(v.test_unseen)
    assert sorted(parts) == numbers(b.train)
    assert v.image_shape == b.image_shape
    assert not len(v.val_unseen) and not len(v.val_seen_rows)
