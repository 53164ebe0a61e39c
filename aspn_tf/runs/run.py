"""One run: load, select, train, evaluate, cost, export, report."""

import pathlib
import time

import keras
import tensorflow as tf
import tqdm

from aspn_tf.data import loading
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
        choice = choose(config, benchmark, monitor)
        selected = time.perf_counter()
        method = build(config, benchmark)
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
        drawn = states * method.examples_a_round()
        content["speed"] = report.speed(content["seconds"], drawn, benchmark)
        content["last_logs"] = logs
        if artefacts:
            keep(method, benchmark, content, choice, directory, config)
            gallery.show(directory, monitor, method, benchmark, measured)
        monitor.finish(content)
    directories.write_json(directory / "results.json", content)
    return content


def build(config, benchmark):
    """The config's method for a benchmark, not yet trained."""
    keras.config.set_dtype_policy(config.precision)
    settings = config.own
    if config.selection != "validation":
        settings = settings.unvalidated()
    return registry.build(
        config.method, benchmark.training(), settings, config.seed
    )


def choose(config, benchmark, monitor):
    """The `Choice` of the config's rule; never made on test unless asked."""
    if config.selection == "last":
        _refuse_a_grid(config, benchmark)
        if not config.calibration:
            return selection.Choice(setting=None, calibration=0.0, report=None)
    on_test = config.selection == "test"
    where = benchmark if on_test else benchmark.validation()
    method = build(config, where)
    walk = selection.walk(
        method, where, calibrated=config.calibration and not on_test
    )
    choices = []
    phase = "test" if on_test else "validation"
    title = f"choosing on {phase.upper() if on_test else phase}"
    with _bar(title, method.rounds()) as bar:
        for choice, logs in walk:
            choices.append(choice)
            monitor.state(phase, len(choices), logs, choice.report.summary())
            _advance(bar, logs, choice.report)
    return selection.best(choices, config.selection)


def train(method, setting, monitor):
    """Trains on all of trainval to the chosen setting and puts it to use.

    Returns:
      How many states that were, and the logs of the last.
    """
    step, logs = 0, {}
    prototypes = method.abilities().get("prototypes")
    with _bar("training", method.rounds(setting)) as bar:
        for step, (_, logs) in enumerate(selection.train(method, setting), 1):
            monitor.state("train", step, logs)
            if prototypes:
                norms = tf.norm(prototypes(method.view.semantics), axis=-1)
                monitor.histogram("parameter/prototype_norm", norms, step)
            _advance(bar, logs)
    return step, logs


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


def _refuse_a_grid(config, benchmark):
    method = registry.method_class(config.method)
    if method.closed_form and len(build(config, benchmark).rounds()) > 1:
        raise InputError(
            "`--selection=last` must come with a method that is trained, or "
            "with fixed regularisers: the last point of a grid means nothing. "
            f"Received: --method={config.method}; select on validation, or "
            f"fix its settings (--help --method={config.method})."
        )


def _bar(title, states):
    """A progress bar over states."""
    return tqdm.tqdm(total=len(states), desc=title, unit="state", leave=False)


def _advance(bar, logs, measured=None):
    shown = {"loss": f"{logs['objective']:.3f}"} if "objective" in logs else {}
    if measured:
        shown |= {"T": f"{measured.T:.1f}", "H": f"{measured.H:.1f}"}
    bar.set_postfix(shown, refresh=False)
    bar.update()
