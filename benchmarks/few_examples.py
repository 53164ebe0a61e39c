"""Accuracy from a tenth, a third and all of the seen classes' examples.

    python benchmarks/few_examples.py --dataset=awa1 --manual_dir=DIR --seeds=3

Of each class as many rows are drawn, at least four, by the seed; everything
else is as in `aspn_tf.compare`, choices on validation classes included, of the
rows that are left. Goes on where it was stopped; DIR/few_examples.md and .png
hold the table and the curves.
"""

import dataclasses

import keras
import numpy as np
import tqdm

from aspn_tf import command
from aspn_tf.runs import directory as directories
from aspn_tf.runs import run, study, tables
from aspn_tf.runs.charts import COLOURS
from aspn_tf.runs.figures import new_figure, png

FRACTIONS = (0.1, 0.3, 1.0)
LEAST = 4  # rows of a class: some to train on, some to hold out
ROWS = {  # slug: title, method, reading
    "aspn": ("ASPN, ours", "aspn", "default"),
    "paper": ("ASPN, paper", "aspn", "paper"),
    "eszsl": ("ESZSL", "eszsl", "default"),
    "sae": ("SAE", "sae", "default"),
    "clswgan": ("CLSWGAN", "clswgan", "default"),
}
FLAGS = [("rows", ",".join(ROWS), "Which rows, comma-separated.")]


def main(config, rows):
    """Runs the cells that are not there yet; prints the table."""
    slugs = study.chosen("rows", rows, ROWS)
    whole = run.load(config)
    directory = directories.make_or_open(
        config, f"few-{whole.name}", free=("seeds",)
    )
    seeds = range(config.seed, config.seed + config.seeds)
    cells = {
        cell(directory, slug, fraction, seed): (slug, fraction, seed)
        for seed in seeds
        for slug in slugs
        for fraction in FRACTIONS
    }
    for place, (slug, fraction, seed) in waiting(cells):
        _, method, reading = ROWS[slug]
        own = config.replace(method=method, seed=seed, seeds=1)
        few = fewer(whole, fraction, seed)
        run.run_seed(own.read_as(reading), few, place)
    found = {
        (slug, fraction): list(results.values())
        for slug in ROWS
        for fraction in FRACTIONS
        if (results := read(cell(directory, slug, fraction, 0).parent))
    }
    text = table(found, whole)
    directories.write_text(directory / "few_examples.md", text + "\n")
    picture = png(curves(found, whole))
    directories.write_bytes(directory / "few_examples.png", picture)
    print(text)


def fewer(benchmark, fraction, seed):
    """The benchmark with a fraction of the training rows of every class."""
    stream = np.random.default_rng(seed)
    labels = benchmark.train.labels
    rows = []
    for label in benchmark.seen:
        own = stream.permutation(np.flatnonzero(labels == label))
        rows.append(own[: max(LEAST, round(fraction * len(own)))])
    rows = np.sort(np.concatenate(rows))
    held_out = np.isin(rows, benchmark.val_seen_rows)
    return dataclasses.replace(
        benchmark,
        train=benchmark.train.take(rows),
        val_seen_rows=np.flatnonzero(held_out),
    )


def cell(directory, slug, fraction, seed):
    """Where a run is kept."""
    share = f"{round(100 * fraction)}"
    return directories.cell_of(directory / slug, share, seed)


def waiting(cells):
    """The cells that are not there yet, in turn, with a bar.

    Args:
      cells: dict of the place of each to what it is of.

    Yields:
      (place, what it is of); whoever asks for the next one has run it.
    """
    for place, what in tqdm.tqdm(cells.items(), unit="run"):
        if directories.results(place) is None:
            yield place, what
            keras.backend.clear_session()


def read(row):
    """The results of a row's seeds, by the names of their folders."""
    found = {
        place.name: directories.results(place)
        for place in sorted(row.glob("seed*"))
    }
    return {name: results for name, results in found.items() if results}


def table(found, whole):
    """Markdown: T and H, mean ± std, by fraction."""
    header = [whole.name, "seeds"]
    header += [f"{n} of {f:.0%}" for n in "TH" for f in FRACTIONS]
    lines = []
    for slug, (title, *_) in ROWS.items():
        done = [found.get((slug, f), []) for f in FRACTIONS]
        if any(done):
            line = [title, str(max(map(len, done)))]
            line += [spread(one, name) for name in "TH" for one in done]
            lines.append(line)
    return tables.markdown(header, lines)


def spread(results, name):
    """Mean ± std of a measure over seeds, as text."""
    values = [one[name] for one in results]
    if len(values) < 2:
        return f"{values[0]:.1f}" if values else "-"
    return f"{np.mean(values):.1f} ± {np.std(values, ddof=1):.1f}"


def curves(found, whole):
    """T and H against the fraction, a line a row."""
    figure = new_figure(9.0, 4.0)
    for axes, name in zip(figure.subplots(1, 2), "TH", strict=True):
        for number, (slug, (title, *_)) in enumerate(ROWS.items()):
            points = [
                (100 * f, np.mean([one[name] for one in found[slug, f]]))
                for f in FRACTIONS
                if (slug, f) in found
            ]
            if points:
                colour = (*COLOURS, "#e0a030")[number]
                axes.plot(
                    *zip(*points, strict=True), "o-", color=colour, label=title
                )
        axes.set_xscale("log")
        ticks = [100 * f for f in FRACTIONS]
        axes.set_xticks(ticks, [f"{tick:.0f} %" for tick in ticks])
        axes.set_xlabel("of the training examples")
        axes.set_title(f"{name} on {whole.name}", fontsize=11)
    axes.legend(fontsize=8)
    return figure


if __name__ == "__main__":
    command.run(main, FLAGS)
