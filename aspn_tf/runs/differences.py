"""The paired differences between the rows of a study, on the same test rows."""

import numpy as np

from aspn_tf.evaluation import intervals
from aspn_tf.runs import directory as directories
from aspn_tf.runs import kept

AGAINST_BEST = ("T", "H")


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
      row itself has no entry for that measure. Empty where a cell has not
      kept its rows, or fewer than two rows were done.
    """
    done = {row["variant"]: row for row in rows if row["seeds"]}
    placed = {
        slug: [
            directories.cell_of(directory, slug, seed) for seed in row["seeds"]
        ]
        for slug, row in done.items()
    }
    places = [place for found in placed.values() for place in found]
    if len(done) < 2 or not all((p / kept.FILE).is_file() for p in places):
        return {}
    rights = [kept.right(place, benchmark) for place in places]
    bounds = np.cumsum([len(found) for found in placed.values()])[:-1]
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
