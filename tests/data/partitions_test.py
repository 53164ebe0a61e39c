"""Partitions of the seen classes: what is unseen where, what is held out."""

import numpy as np
import pytest

from aspn_tf.data.partitions import count_of, partition


def rows_of(split):
    return {row.tobytes() for row in split.features}


@pytest.mark.parametrize("count", [2, 3])
def test_every_seen_class_is_unseen_once(tiny, count):
    unseen = []
    for number in range(count):
        part = partition(tiny, number, count)
        unseen += [part.class_names[c] for c in part.unseen]
        assert set(part.class_names) == {tiny.class_names[c] for c in tiny.seen}
    assert sorted(unseen) == sorted(tiny.class_names[c] for c in tiny.seen)


def test_no_row_has_two_parts_and_no_test_row_has_one(tiny):
    own = rows_of(tiny.train)
    for number in range(3):
        part = partition(tiny, number, 3)
        train, seen, unseen = (
            rows_of(s) for s in (part.train, part.test_seen, part.test_unseen)
        )
        assert not (train & seen or train & unseen or seen & unseen)
        assert train | seen | unseen <= own
        # All rows of a class that is unseen there are examples of it.
        assert len(part.test_unseen.labels) == 12 * len(part.unseen)


def test_a_fifth_of_every_class_is_held_out_for_all_partitions_alike(tiny):
    held = [rows_of(partition(tiny, k, 3).test_seen) for k in range(3)]
    # 12 rows a class: 2 are held out, in both partitions where it is seen.
    assert len(set.union(*held)) == 2 * len(tiny.seen)
    both = [held[a] & held[b] for a, b in ((0, 1), (0, 2), (1, 2))]
    assert sum(map(len, both)) == 2 * len(tiny.seen)


def test_the_seed_deals_the_classes(tiny):
    dealt = {
        tuple(partition(tiny, 0, 2, seed).val_unseen.tolist())
        or tuple(partition(tiny, 0, 2, seed).unseen.tolist())
        for seed in range(8)
    }
    assert len(dealt) > 1
    one, same = (partition(tiny, 1, 2, 5) for _ in range(2))
    np.testing.assert_array_equal(one.unseen, same.unseen)
    np.testing.assert_array_equal(one.train.features, same.train.features)


def test_one_partition_is_the_data_sets_own(tiny):
    own, found = tiny.validation(), partition(tiny, 0, 1)
    assert found.class_names == own.class_names
    np.testing.assert_array_equal(found.unseen, own.unseen)


@pytest.mark.parametrize(("wanted", "count"), [(1, 1), (3, 3), (5, 3), (0, 1)])
def test_there_are_no_more_partitions_than_pairs_of_classes(
    tiny, wanted, count
):
    assert count_of(tiny, wanted) == count  # of seven classes
