"""Studies: named configs times seeds on one benchmark, in one table.

A study goes on where it was stopped, cell by cell; a cell that fails stands in
the table.
"""

import dataclasses
import os

import tqdm

from aspn_tf import stopping
from aspn_tf.config import Config
from aspn_tf.errors import InputError
from aspn_tf.runs import cells, figures, report, tables
from aspn_tf.runs import directory as directories
from aspn_tf.runs.run import load

SIDE_BY_SIDE = (
    "{} cells ran at once on the same cores: their seconds and speeds compare "
    "with one another alone."
)


@dataclasses.dataclass(frozen=True)
class Variant:
    """One row of a study.

    Attributes:
      slug: its name in paths and flags.
      title: its name in tables and pictures.
      config: what is run, for `seeds` seeds from `seed` on.
    """

    slug: str
    title: str
    config: Config


def chosen(flag, words, known):
    """The names that a flag gives, each once, in the order given.

    Args:
      flag: its name.
      words: its value, names with commas between them.
      known: the names there are.

    Raises:
      InputError: a name is not one of them.
    """
    names = list(dict.fromkeys(name.strip() for name in words.split(",")))
    for name in names:
        if name not in known:
            raise InputError(
                f"`--{flag}` must be of {', '.join(known)}. "
                f"Received: {name or '(empty)'}"
            )
    return names


def publish(config, variants, name, jobs, beside, draw):
    """Runs a study; prints and writes its tables and its picture.

    Args:
      config: the `Config` of the command.
      variants: list of `Variant`.
      name: of the kind of study and of its files.
      jobs: how many cells at once.
      beside: callable; of the `Benchmark` gives (printed, notes), what
        stands beside and below the tables, see `tables.write`.
      draw: callable; of rows, the `Benchmark` and the run directory gives a
        dict of names of pictures to matplotlib Figures.

    Raises:
      InputError: the flags, the data or the run directory cannot be used.
    """
    check(config, jobs)
    benchmark = load(config)
    directory, rows = run(config, variants, benchmark, name, jobs)
    printed, notes = beside(benchmark)
    if jobs > 1:
        notes = [*notes, SIDE_BY_SIDE.format(jobs)]
    print(
        tables.write(directory, name, config, benchmark, rows, notes, printed)
    )
    for title, figure in draw(rows, benchmark, directory).items():
        picture = figures.png(figure)
        directories.write_bytes(directory / f"{title}.png", picture)


def check(config, jobs=1):
    """Refuses flags that have no meaning in a study; writes nothing.

    Raises:
      InputError: the first of them is named.
    """
    if config.tune:
        raise InputError(
            "`--tune` must be 0 outside of aspn_tf.main. "
            f"Received: {config.tune}"
        )
    if config.export:
        raise InputError(
            "`--export` must be empty where many models are trained. "
            f"Received: {config.export}"
        )
    if config.distribute != "none":
        raise InputError(
            "`--distribute` must be none where many models are trained; "
            f"--jobs runs several at once. Received: {config.distribute}"
        )
    cores = os.cpu_count() or 1
    if not 1 <= jobs <= cores:
        raise InputError(
            f"`--jobs` must be 1 to {cores}, the number of cores. "
            f"Received: {jobs}"
        )


def run(config, variants, benchmark, name, jobs=1):
    """Runs the cells that are not there yet.

    Args:
      config: the `Config` of the command; names the run directory.
      variants: list of `Variant`.
      benchmark: the `Benchmark` of them all.
      name: of the kind of study, for the default run directory.
      jobs: how many cells at once; 1: in this process.

    Returns:
      (directory, rows): the run directory, and one dict a variant, see `row`.

    Raises:
      InputError: the run directory holds something else, or other flags; or
        every cell failed.
    """
    check(config, jobs)
    directory = directories.make_or_open(
        config, f"{name}-{benchmark.name}", free=("seeds",)
    )
    stopping.listen()
    with directories.alone(directory):
        done, failed = _cells(directory, variants, benchmark, jobs)
    if not done:
        why = next(iter(failed.values()))
        raise InputError(f"Nothing in {directory} could be run. {why}")
    return directory, [row(variant, done, failed) for variant in variants]


def _cells(directory, variants, benchmark, jobs):
    """Dicts of (slug, seed) to results, and to why it failed."""
    configs = {
        (variant.slug, seed): variant.config.replace(seed=seed, seeds=1)
        for variant in variants
        for seed in _seeds(variant)
    }
    places = {directories.cell_of(directory, *cell): cell for cell in configs}
    done, failed, waiting = {}, {}, {}
    for place, cell in sorted(places.items(), key=lambda one: one[1][1]):
        found = cells.results(place, configs[cell], benchmark)
        if found:
            done[cell] = found
        else:
            waiting[place] = configs[cell]
    ended = (
        cells.in_turn(waiting, benchmark)
        if jobs == 1
        else cells.side_by_side(waiting, jobs)
    )
    with tqdm.tqdm(total=len(configs), initial=len(done), unit="run") as bar:
        for place, why in ended:
            cell = places[place]
            if why:
                failed[cell] = why
            else:
                done[cell] = cells.results(place, configs[cell], benchmark)
            bar.set_description(f"{cell[0]}, seed {cell[1]}")
            bar.update()
    return done, failed


def row(variant, done, failed):
    """A variant's measures over its seeds.

    Args:
      variant: a `Variant`.
      done: dict of (slug, seed) to the content of a results.json.
      failed: dict of (slug, seed) to a sentence.

    Returns:
      A dict that json can write: `variant`, `title`, `failed` (seed to
      sentence), `seeds` (those that were done); unless that is empty also T,
      u, s, H (means, percent), `std` of them (sample; None of one seed),
      `uncalibrated` with the same, `calibrated`, `parameters`, `seconds`,
      `speed`, `training_step_flops` (an example; None of a closed form), and
      a list over seeds each of `updates` and `ended`.
    """
    own = [(variant.slug, seed) for seed in _seeds(variant)]
    found = [done[cell] for cell in own if cell in done]
    content = {
        "variant": variant.slug,
        "title": variant.title,
        "seeds": [one["seed"] for one in found],
        "failed": {str(c[1]): failed[c] for c in own if c in failed},
    }
    if found:
        whole = {"std": None, **report.summarise(found)}
        same = (*report.MEASURES, "std", "uncalibrated", "calibrated")
        same += ("parameters", "seconds", "speed")
        content |= {key: whole[key] for key in same}
        flops = found[0]["cost"]["training_step_flops"]
        content["training_step_flops"] = flops
        content |= {
            key: [one[key] for one in found] for key in ("updates", "ended")
        }
        content["uncalibrated"].setdefault("std", None)
        if "same_text" in found[0]:
            content["same_text"] = found[0]["same_text"]
    return content


def _seeds(variant):
    first = variant.config.seed
    return range(first, first + variant.config.seeds)
