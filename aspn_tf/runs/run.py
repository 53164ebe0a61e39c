"""One run: load, select, train, evaluate, cost, export, report."""

import pathlib
import time

import keras
import tensorflow as tf
import tqdm

from aspn_tf.data import loading, partitions
from aspn_tf.errors import InputError
from aspn_tf.evaluation import cost, selection
from aspn_tf.evaluation.evaluator import Evaluator
from aspn_tf.methods import registry
from aspn_tf.runs import directory as directories
from aspn_tf.runs import gallery, report
from aspn_tf.runs.monitor import Monitor, data_card
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
    directories.refuse_taken(config)
    benchmark = load(config)
    place = directories.make(config)
    for note in benchmark.notes:
        print(f"note: {note}")
    results = []
    for seed in range(config.seed, config.seed + config.seeds):
        own = place / f"seed{seed}" if config.seeds > 1 else place
        results.append(run_seed(config.replace(seed=seed), benchmark, own))
    summary = report.summarise(results)
    directories.write_json(place / "results.json", summary)
    print(report.table(summary))
    return summary


def load(config):
    """The `Benchmark` that the config names, without its excluded classes."""
    benchmark = loading.load(
        config.dataset,
        manual_dir=config.manual_dir or None,
        name=config.name or None,
        semantics=config.semantics or None,
        data_dir=config.data_dir or None,
    )
    names = [name.strip() for name in config.exclude.split(",") if name.strip()]
    return benchmark.without(names) if names else benchmark


def run_seed(config, benchmark, directory, artefacts=True):
    """One seed from selection to export; returns its results.

    Args:
      config: the `Config`, whose `seed` counts.
      benchmark: the `Benchmark`.
      directory: where everything is written; results.json comes last.
      artefacts: whether checkpoint, SavedModel and pictures are written too.
    """
    directory.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    with Monitor(directory, config) as monitor:
        monitor.text("data", data_card(benchmark))
        method = build(config, benchmark)
        choice = choose(config, benchmark, method, monitor)
        selected = time.perf_counter()
        states, logs = train(method, choice.setting, monitor)
        trained = time.perf_counter()
        evaluator = Evaluator(method, benchmark)
        evaluator.trace()
        traced = time.perf_counter()
        scores = evaluator.scores()
        scored = time.perf_counter()
        content = report.results(
            config,
            benchmark,
            choice,
            evaluator.report(scores),
            measured := evaluator.report(scores, choice.calibration),
            cost.of(method),
            {
                "selection": selected - started,
                "training": trained - selected,
                "scoring": scored - traced,
            },
        )
        drawn = states * method.examples_a_round() or len(method.view.labels)
        content["speed"] = report.speed(content["seconds"], drawn, benchmark)
        content["last_logs"] = logs
        if artefacts:
            keep(method, benchmark, content, choice, directory, config)
            gallery.show(directory, monitor, method, benchmark, measured)
        monitor.finish(content)
    directories.write_json(directory / "results.json", content)
    return content


def build(config, benchmark, settings=None):
    """The config's method for a benchmark, not yet trained.

    Args:
      config: the `Config`.
      benchmark: the `Benchmark`.
      settings: in place of the config's own.
    """
    keras.config.set_dtype_policy(config.precision)
    settings = settings or config.own
    if config.selection != "validation":
        settings = settings.unvalidated()
    return registry.build(
        config.method, benchmark.training(), settings, config.seed
    )


def choose(config, benchmark, method, monitor):
    """The `Choice` of the config's rule; never made on test unless asked.

    Args:
      config: the `Config`.
      benchmark: the `Benchmark`.
      method: the one that will be trained on all of it, as it was built.
      monitor: of the run.
    """
    if config.selection == "last":
        _refuse_a_grid(method)
        if not config.calibration:
            return selection.Choice(None, 0.0, measures=None)
    on_test = config.selection == "test"
    settings, scouted, where = method.fixed(), [], benchmark
    if not on_test:
        count = partitions.count_of(
            benchmark, config.partitions or method.partitions
        )
        for number in range(1, count):
            part = partitions.partition(benchmark, number, count, config.seed)
            one_more = build(config, part, settings)
            scouted.append(selection.scout(one_more, part))
        where = partitions.partition(benchmark, 0, count, config.seed)
    walked = build(config, where, settings)
    walk = selection.walk(
        walked,
        where,
        calibrated=config.calibration and not on_test,
        scouted=scouted,
        patience=0 if config.selection == "last" else method.patience,
    )
    choices = []
    phase = "test" if on_test else "validation"
    title = f"choosing on {phase.upper() if on_test else phase}"
    with _bar(title, walked.rounds()) as bar:
        for choice, logs in walk:
            choices.append(choice)
            monitor.state(phase, len(choices), logs, choice.measures)
            _advance(bar, logs, choice.measures)
    return selection.best(choices, config.selection)


def train(method, setting, monitor):
    """Trains on all of trainval to the chosen setting and puts it to use.

    Returns:
      How many states that were, those without training apart, and the logs
      of the last.
    """
    trained, logs = 0, {}
    prototypes = method.abilities().get("prototypes")
    with _bar("training", method.rounds(setting)) as bar:
        steps = selection.train(method, setting)
        for step, (state, logs) in enumerate(steps, 1):
            trained += not method.untrained(state)
            monitor.state("train", step, logs)
            if prototypes:
                norms = tf.norm(prototypes(method.view.semantics), axis=-1)
                monitor.histogram("parameter/prototype_norm", norms, step)
            _advance(bar, logs)
    return trained, logs


def keep(method, benchmark, content, choice, directory, config):
    """Checkpoint and SavedModel of a trained method."""
    tf.train.Checkpoint(method=method).write(
        str(directory / "checkpoints" / "final")
    )
    places = [directory / "model"]
    if config.export:
        places.append(pathlib.Path(config.export))
    for place in places:
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
        )


def _refuse_a_grid(method):
    if method.closed_form and len(method.rounds()) > 1:
        raise InputError(
            "`--selection=last` must come with a method that is trained, or "
            "with fixed regularisers: the last point of a grid means nothing. "
            f"Received: --method={method.name}; select on validation, or fix "
            f"its settings (--help --method={method.name})."
        )


def _bar(title, states):
    """A progress bar over states."""
    return tqdm.tqdm(total=len(states), desc=title, unit="state", leave=False)


def _advance(bar, logs, measured=None):
    shown = {"loss": f"{logs['objective']:.3f}"} if "objective" in logs else {}
    if measured:
        shown |= {name: f"{measured[name]:.1f}" for name in ("T", "H")}
    bar.set_postfix(shown, refresh=False)
    bar.update()
