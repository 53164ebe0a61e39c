"""Many requests at once, scored as one batch."""

import asyncio

import numpy as np


class Batcher:
    """Scores the rows of waiting requests together.

    While a batch is scored, in a thread, further requests wait; the next batch
    is all of them, up to a number of rows. So nobody waits for company.

    Args:
      score: callable; rows (n, d) to any object and an array (n, ...), which
        belong together.
      most: rows of a batch, unless one request alone has more.
      seen: callable, told the rows of every batch.
    """

    def __init__(self, score, most, seen=lambda rows: None):
        self._score, self._most, self._seen = score, most, seen
        self._waiting = []
        self._working = None  # the task that goes through them

    async def __call__(self, rows):
        """What `score` returns of these rows; raises what it raises."""
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, answer))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await answer

    async def _work(self):
        """Batch after batch, until nobody waits."""
        while self._waiting:
            await self._batch()

    async def _batch(self):
        taken, count = [], 0
        while self._waiting:
            more = len(self._waiting[0][0])
            if taken and count + more > self._most:
                break
            taken.append(self._waiting.pop(0))
            count += more
        self._seen(count)
        rows = np.concatenate([rows for rows, _ in taken])
        try:
            about, found = await asyncio.to_thread(self._score, rows)
        except Exception as error:  # whoever waits is told
            for _, answer in taken:
                _settle(answer.set_exception, answer, error)
            return
        ends = np.cumsum([len(rows) for rows, _ in taken])
        for (own, answer), end in zip(taken, ends, strict=True):
            part = found[end - len(own) : end]
            _settle(answer.set_result, answer, (about, part))


def _settle(settle, answer, value):
    """Answers whoever has not gone away."""
    if not answer.done():
        settle(value)
