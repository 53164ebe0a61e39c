"""Requests that wait are scored together, and fail together."""

import asyncio
import threading

import numpy as np
import pytest

from aspn_tf.web.batching import Batcher


def ask(score, sizes, most=100):
    """The answers to requests of so many rows, all at once; the batches."""
    batches, go = [], threading.Event()

    def scored(rows):
        go.wait(5.0)
        return score(rows)

    async def all_at_once():
        batcher = Batcher(scored, most, batches.append)
        starts = np.cumsum([0, *sizes[:-1]])
        tasks = [
            asyncio.create_task(
                batcher(np.arange(start, start + size)[:, None])
            )
            for start, size in zip(starts, sizes, strict=True)
        ]
        await asyncio.sleep(0.05)
        go.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    return asyncio.run(all_at_once()), batches


def test_whoever_waits_shares_a_batch_and_gets_its_own_rows():
    answers, batches = ask(lambda rows: ("about", 2 * rows), [1, 2, 3])
    assert [about for about, _ in answers] == ["about"] * 3
    found = [rows.ravel().tolist() for _, rows in answers]
    assert found == [[0], [2, 4], [6, 8, 10]]
    assert sum(batches) == 6 and len(batches) < 3


def test_a_batch_has_its_limit_and_one_request_is_never_cut():
    _, batches = ask(lambda rows: (None, rows), [2, 2, 2, 9], most=4)
    assert batches[-1] == 9 and max(batches[:-1]) <= 4


def test_an_error_reaches_everybody_and_ends_nothing():
    def score(rows):
        raise ValueError("no")

    answers, _ = ask(score, [1, 1])
    assert [str(answer) for answer in answers] == ["no", "no"]


def test_who_goes_away_takes_no_other_along():
    async def run():
        batcher = Batcher(lambda rows: (None, rows), 10)
        first = asyncio.create_task(batcher(np.zeros((1, 1))))
        second = asyncio.create_task(batcher(np.ones((1, 1))))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second

    assert asyncio.run(run())[1].tolist() == [[1.0]]
