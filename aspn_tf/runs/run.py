"""One run: load, select, train, evaluate, cost, export, report."""

import pathlib

import tensorflow as tf

from aspn_tf import distribution, stopping
from aspn_tf.data import loading, magnitudes, partitions
from aspn_tf.evaluation import confidence, cost
from aspn_tf.evaluation.evaluator import measure
from aspn_tf.runs import directory as directories
from aspn_tf.runs import gallery, kept, page, report, trail, workers
from aspn_tf.runs.monitor import Monitor, Quiet, data_card
from aspn_tf.serving import export


def run(config):
    """Runs what the config asks for, once a seed, and writes the run directory.

    Args:
      config: an `aspn_tf.config.Config`.

    Returns:
      The content of results.json, a dict.

    Raises:
      InputError: data, flags or the run directory cannot be used.
    """
    directories.check(config)
    with workers.joined(config) as strategy:
        stopping.listen()
        whole = loaded(config)
        if distribution.is_chief(strategy):
            summary = _led(config, whole, strategy)
            workers.told(strategy, summary)
        else:
            summary = workers.follow(config, whole, strategy)
        workers.part(strategy)
        return summary


def _led(config, whole, strategy):
    """What the one process that writes does in a run; returns the results."""
    benchmark = partitions.measurable(whole)
    with directories.opened(config) as place:
        for note in benchmark.notes:
            print(f"note: {note}")
        seeds = range(config.seed, config.seed + config.seeds)
        homes = {
            seed: place / f"seed{seed}" if config.seeds > 1 else place
            for seed in seeds
        }
        found = {seed: directories.results(homes[seed]) for seed in seeds}
        for seed in filter(found.get, seeds):
            data = found[seed].get("data_fingerprint")
            directories.same_data(homes[seed], data, benchmark.fingerprint)
        workers.told(strategy, [seed for seed in seeds if not found[seed]])
        results = [
            found[seed]
            or run_seed(
                config.replace(seed=seed),
                benchmark,
                homes[seed],
                whole,
                strategy,
            )
            for seed in seeds
        ]
        summary = report.summarise(results)
        if config.seeds > 1:
            page.write_summary(place, summary)
            directories.write_json(place / directories.RESULTS, summary)
    print(report.table(summary))
    pictured = whole.card and whole.card.get("pictures")
    print(where(place, config, *["images=DIR"] * bool(pictured)))
    return summary


def where(place, config, rows="features=FILE"):
    """What is to be found where, at the end of a run; a few lines.

    Args:
      place: the run directory.
      config: the `Config`.
      rows: what `predict` is given, as a flag.
    """
    model = place / (f"seed{config.seed}" if config.seeds > 1 else "") / "model"
    lines = (
        ("report", place / page.FILE),
        ("model", model),
        ("TensorBoard", f"tensorboard --logdir {place}"),
        (
            "predict",
            f"python -m aspn_tf.predict --model={model} --{rows} "
            "--output=answers.csv",
        ),
        ("serve", f"python -m aspn_tf.serve --model={model}"),
    )
    return "\n".join(f"  {name:<12} {words}" for name, words in lines)


def load(config):
    """The `Benchmark` to measure on, see `partitions.measurable`."""
    return partitions.measurable(loaded(config))


def loaded(config):
    """The `Benchmark` that the config names, without its excluded classes."""
    benchmark = loading.load(
        config.dataset,
        manual_dir=config.manual_dir or None,
        name=config.name or None,
        semantics=config.semantics or None,
        data_dir=config.data_dir or None,
        download=config.download,
        stream=config.stream,
    )
    magnitudes.check(benchmark.train.features, benchmark.semantics)
    names = [name.strip() for name in config.exclude.split(",") if name.strip()]
    return benchmark.without(names) if names else benchmark


def run_seed(config, benchmark, directory, whole=None, strategy=None):
    """One seed from selection to export; returns its results.

    Args:
      config: the `Config`, whose `seed` counts.
      benchmark: the `Benchmark` to measure on.
      directory: where everything is written; results.json comes last.
      whole: the `Benchmark` that the exported model is trained on; None where
        checkpoint, SavedModel and pictures are not written.
      strategy: that replicas train and score by; None for none.
    """
    directory.mkdir(parents=True, exist_ok=True)
    trail.begin(directory, benchmark.fingerprint)
    with Monitor(directory, config) as monitor:
        monitor.text("data", data_card(benchmark))
        fitted, ranked, scores, scoring = workers.scored(
            config, benchmark, monitor, strategy
        )
        method, choice = fitted.method, fitted.choice
        updates = fitted.states * method.updates_a_round()
        content = report.results(
            config,
            benchmark,
            choice,
            measure(ranked, benchmark),
            measured := measure(ranked, benchmark, choice.calibration),
            cost.of(method),
            {**fitted.seconds, "scoring": scoring},
            updates,
            fitted.ended,
        )
        content["speed"] = report.speed(
            content["seconds"], fitted.states, method, benchmark
        )
        content["last_logs"] = fitted.logs
        sure = choice.confidence.get("generalized")
        if sure:
            given = choice.calibration, sure["temperature"]
            content["temperature"] = sure["temperature"]
            content["ECE"] = confidence.calibration_error(
                scores, benchmark, *given
            )
        if benchmark.joint:
            content["same_text"] = report.same_text(config, benchmark)
        if whole:
            if whole is benchmark:
                keep(method, benchmark, content, choice, directory, config)
            else:
                final = workers.fitted(config, whole, Quiet(True), strategy)
                exported = final.method, whole, content, final.choice
                keep(*exported, directory, config)
            pictures = gallery.show(
                directory, monitor, method, benchmark, measured
            )
            page.write(
                directory,
                config,
                benchmark,
                content,
                measured,
                monitor.history,
                pictures,
            )
        monitor.finish(content)
    kept.keep(directory, measured)
    directories.write_json(directory / directories.RESULTS, content)
    trail.clear(directory)
    return content


def keep(method, benchmark, content, choice, directory, config):
    """Checkpoint and SavedModel of a trained method."""
    tf.train.Checkpoint(method=method).write(
        str(directory / "checkpoints" / "final")
    )
    places = [directory / "model"]
    if config.export:
        places.append(pathlib.Path(config.export))
    for place in places:
        if place.exists():  # written before the run was stopped
            export.refuse_another(place)
            continue
        if place.suffix == ".tflite":
            export.save_tflite(places[0], place)
            continue
        export.save(
            place,
            method,
            benchmark,
            config.flag_lines(),
            content,
            choice.calibration,
            choice.open_calibration,
            choice.confidence,
        )
