"""Studies: named configs times seeds on one benchmark, in one table.

A cell is one seed of one variant, `<run_dir>/<slug>/seed<k>/`. It is done when
its results.json is there, so that a study goes on where it was stopped; a cell
that fails stands in the table and takes no other down.
"""

import dataclasses
import json
import shutil
import traceback

import keras
import tensorflow as tf
import tqdm

from aspn_tf.config import Config
from aspn_tf.errors import InputError
from aspn_tf.runs import directory as directories
from aspn_tf.runs import figures, report, tables
from aspn_tf.runs.run import load, run_seed

# What a method that cannot cope with its data or memory raises.
FAILURES = (ValueError, RuntimeError, MemoryError, tf.errors.OpError)
LONGEST_SENTENCE = 300


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


def publish(config, variants, name, beside, draw):
    """Runs a study; prints and writes its tables and its picture.

    Args:
      config: the `Config` of the command.
      variants: list of `Variant`.
      name: of the kind of study and of its files.
      beside: callable; of the `Benchmark` gives (printed, notes), what
        stands beside and below the tables, see `tables.write`.
      draw: callable; of rows and the `Benchmark` gives a matplotlib Figure.

    Raises:
      InputError: the flags, the data or the run directory cannot be used.
    """
    benchmark = load(config)
    directory, rows = run(config, variants, benchmark, name)
    printed, notes = beside(benchmark)
    print(
        tables.write(directory, name, config, benchmark, rows, notes, printed)
    )
    picture = figures.png(draw(rows, benchmark))
    directories.write_bytes(directory / f"{name}.png", picture)


def run(config, variants, benchmark, name):
    """Runs the cells that are not there yet.

    Args:
      config: the `Config` of the command; names the run directory.
      variants: list of `Variant`.
      benchmark: the `Benchmark` of them all.
      name: of the kind of study, for the default run directory.

    Returns:
      (directory, rows): the run directory, and one dict a variant, see `row`.

    Raises:
      InputError: the run directory holds something else, or other flags; or
        every cell failed.
    """
    if config.tune:
        raise InputError(
            "`--tune` must be 0 outside of aspn_tf.main. "
            f"Received: {config.tune}"
        )
    directory = directories.make_or_open(
        config, f"{name}-{benchmark.name}", free=("seeds",)
    )
    cells = {
        (variant.slug, seed): variant.config.replace(seed=seed, seeds=1)
        for variant in variants
        for seed in _seeds(variant)
    }
    done = {
        (slug, seed): found
        for (slug, seed), settings in cells.items()
        if (found := _load(directory, slug, settings, benchmark))
    }
    failed = {}
    waiting = [cell for cell in cells if cell not in done]
    waiting.sort(key=lambda cell: cell[1])
    with tqdm.tqdm(total=len(cells), initial=len(done), unit="run") as bar:
        for slug, seed in waiting:
            bar.set_description(f"{slug}, seed {seed}")
            place = _place(directory, slug, seed)
            try:
                done[slug, seed] = _run(cells[slug, seed], benchmark, place)
            except FAILURES as error:
                failed[slug, seed] = sentence(error)
                directories.write_text(
                    place / "failure.txt", traceback.format_exc()
                )
            keras.backend.clear_session()  # collects garbage too
            bar.update()
    if not done:
        why = next(iter(failed.values()))
        raise InputError(f"Nothing in {directory} could be run. {why}")
    return directory, [row(variant, done, failed) for variant in variants]


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
      `speed`, and a list over seeds each of `updates` and `ended`.
    """
    cells = [(variant.slug, seed) for seed in _seeds(variant)]
    found = [done[cell] for cell in cells if cell in done]
    content = {
        "variant": variant.slug,
        "title": variant.title,
        "seeds": [one["seed"] for one in found],
        "failed": {str(c[1]): failed[c] for c in cells if c in failed},
    }
    if found:
        whole = {"std": None, **report.summarise(found)}
        same = (*report.MEASURES, "std", "uncalibrated", "calibrated")
        same += ("parameters",)
        content |= {key: whole[key] for key in (*same, "seconds", "speed")}
        content |= {
            key: [one[key] for one in found] for key in ("updates", "ended")
        }
        content["uncalibrated"].setdefault("std", None)
    return content


def sentence(error):
    """What a table says of an error: one line of bounded length."""
    words = " ".join(str(error).split()) or "no message"
    if not isinstance(error, InputError):
        words = f"{type(error).__name__}: {words}"
    return words[:LONGEST_SENTENCE]


def _seeds(variant):
    first = variant.config.seed
    return range(first, first + variant.config.seeds)


def _place(directory, slug, seed):
    return directory / slug / f"seed{seed}"


def _load(directory, slug, settings, benchmark):
    """The results of a cell that is done; None of any other."""
    place = _place(directory, slug, settings.seed)
    if not (place / "results.json").is_file():
        return None
    directories.agree(place, settings, free=())
    content = json.loads((place / "results.json").read_text())
    if content["data_fingerprint"] != benchmark.fingerprint:
        raise InputError(
            "To go on with a study its data must stay as they were. Received: "
            f"other files than those of {place}; give another --run_dir."
        )
    return content


def _run(settings, benchmark, place):
    if place.exists():
        shutil.rmtree(place)
    place.mkdir(parents=True)
    directories.keep(place, settings)
    return run_seed(settings, benchmark, place, artefacts=False)
