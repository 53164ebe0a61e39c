"""Which test rows a run had right, and the paired differences of a study."""

import io

import numpy as np

from aspn_tf.evaluation import intervals
from aspn_tf.runs.directory import write_bytes

FILE = "rows.npz"
AGAINST_BEST = ("T", "H")


def keep(directory, measured):
    """Writes rows.npz: a bit a test row for each of T, u and s.

    Args:
      directory: the run directory, a path.
      measured: the calibrated `Report`.
    """
    bits = {name: np.packbits(rows) for name, rows in measured.right.items()}
    buffer = io.BytesIO()
    np.savez(buffer, **bits)
    write_bytes(directory / FILE, buffer.getvalue())


def load(directory, benchmark):
    """What `keep` has written, like `right` of a `Report`.

    Args:
      directory: the run directory, a path.
      benchmark: the `Benchmark` that was measured on.
    """
    unseen, seen = (
        len(split.labels)
        for split in (benchmark.test_unseen, benchmark.test_seen)
    )
    with np.load(directory / FILE) as bits:
        return {
            name: np.unpackbits(bits[name], count=count).astype(bool)
            for name, count in (("T", unseen), ("u", unseen), ("s", seen))
        }


def against_best(directory, rows, benchmark):
    """How far every row of a study is from the best, on the same test rows.

    The difference of the means over seeds; the best is that of the table.

    Args:
      directory: of the study, a path.
      rows: list of dicts of `study.row`.
      benchmark: the `Benchmark` of it.

    Returns:
      A dict of slug to T and H to a dict: `against`, the slug of the best
      row; `mean`, the difference in percent; `interval`, its ends. The best
      row itself has no entry for that measure. Empty where a cell has no
      rows.npz, or fewer than two rows were done.
    """
    done = {row["variant"]: row for row in rows if row["seeds"]}
    cells = {
        slug: [directory / slug / f"seed{seed}" for seed in row["seeds"]]
        for slug, row in done.items()
    }
    places = [place for found in cells.values() for place in found]
    if len(done) < 2 or not all((p / FILE).is_file() for p in places):
        return {}
    rights = [load(place, benchmark) for place in places]
    bounds = np.cumsum([len(found) for found in cells.values()])[:-1]
    values = intervals.resampled(rights, benchmark)
    differences = {slug: {} for slug in done}
    for name in AGAINST_BEST:
        best = max(done, key=lambda slug: done[slug][name])
        parts = np.split(values[name], bounds, axis=1)
        means = {
            slug: part.mean(axis=1)
            for slug, part in zip(done, parts, strict=True)
        }
        for slug in done:
            if slug != best:
                differences[slug][name] = {
                    "against": best,
                    "mean": done[slug][name] - done[best][name],
                    "interval": intervals.ends(means[slug] - means[best]),
                }
    return differences
