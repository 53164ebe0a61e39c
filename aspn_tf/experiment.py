"""One run: load, select, train, evaluate, cost, export, report."""

import pathlib
import time

import tensorflow as tf
import tqdm

from aspn_tf import benchmark as benchmarks
from aspn_tf import cost, export, gallery, report, selection
from aspn_tf.baselines import METHODS
from aspn_tf.errors import InputError
from aspn_tf.evaluator import Evaluator
from aspn_tf.monitor import Monitor, data_card


def run(config):
    """Runs what the config asks for, once a seed, and writes the run directory.

    Args:
      config: an `aspn_tf.config.Config`.

    Returns:
      The content of results.json, a dict.

    Raises:
      InputError: data, flags or the run directory cannot be used.
    """
    benchmark = load(config)
    directory = make_run_dir(config)
    for note in benchmark.notes:
        print(f"note: {note}")
    results = []
    for seed in range(config.seed, config.seed + config.seeds):
        place = directory / f"seed{seed}" if config.seeds > 1 else directory
        results.append(run_seed(config.replace(seed=seed), benchmark, place))
    summary = report.summarise(results)
    report.write(directory, summary)
    print(report.table(summary))
    return summary


def load(config):
    """The `Benchmark` that the config names, without its excluded classes."""
    benchmark = benchmarks.load(
        config.dataset,
        manual_dir=config.manual_dir or None,
        name=config.name or None,
        semantics=config.semantics or None,
        data_dir=config.data_dir or None,
    )
    names = [name.strip() for name in config.exclude.split(",") if name.strip()]
    return benchmark.without(names) if names else benchmark


def make_run_dir(config):
    """Makes the run directory and puts config.flags into it.

    Raises:
      InputError: it exists already; nothing is ever overwritten.
    """
    taken = pathlib.Path(config.export).exists()
    if config.export and (config.seeds > 1 or taken):
        raise InputError(
            "`--export` must name a place that does not exist yet, with "
            f"--seeds=1. Received: {config.export}, --seeds={config.seeds}"
        )
    stamp = time.strftime("%Y%m%d-%H%M%S")
    directory = pathlib.Path(
        config.run_dir or f"runs/{config.name or config.dataset}-{stamp}"
    )
    try:
        directory.mkdir(parents=True)
    except OSError as error:
        raise InputError(
            "`--run_dir` must name a directory that can be made and does not "
            f"exist yet. Received: {directory} ({error.strerror})"
        ) from error
    lines = config.replace(run_dir="").flag_lines()
    (directory / "config.flags").write_text("\n".join(lines) + "\n")
    return directory


def run_seed(config, benchmark, directory, artefacts=True):
    """One seed from selection to export; returns its results.

    Args:
      config: the `Config`, whose `seed` counts.
      benchmark: the `Benchmark`.
      directory: where everything is written; results.json comes last.
      artefacts: whether checkpoint, SavedModel and pictures are written too.
    """
    directory.mkdir(parents=True, exist_ok=True)
    method = METHODS[config.method](config)
    started = time.perf_counter()
    with Monitor(directory, config) as monitor:
        monitor.text("data", data_card(benchmark))
        choice = choose(config, benchmark, monitor)
        selected = time.perf_counter()
        states = train(method, benchmark, choice.setting, monitor)
        trained = time.perf_counter()
        evaluator = Evaluator(method, benchmark)
        evaluator.scores()  # traces
        traced = time.perf_counter()
        scores = evaluator.scores()
        scored = time.perf_counter()
        plain = evaluator.report(scores)
        measured = evaluator.report(scores, choice.calibration)
        seconds = {
            "selection": selected - started,
            "training": trained - selected,
            "scoring": scored - traced,
        }
        content = report.results(
            config, benchmark, choice, plain, measured, cost.of(method), seconds
        )
        drawn = states * method.examples_a_state(len(benchmark.train.labels))
        content["speed"] = report.speed(seconds, drawn, benchmark)
        if artefacts:
            keep(method, benchmark, content, directory, config)
            gallery.show(directory, monitor, method, benchmark, measured)
        monitor.finish(content)
    report.write(directory, content)
    return content


def choose(config, benchmark, monitor):
    """The `Choice` of the config's rule; never made on test unless asked."""
    if config.selection == "last" and not config.calibration:
        return selection.Choice(setting=None, calibration=0.0, report=None)
    on_test = config.selection == "test"
    where = benchmark if on_test else benchmark.validation()
    walk = selection.walk(
        METHODS[config.method](config),
        where,
        calibrated=config.calibration and not on_test,
    )
    choices = []
    phase = "test" if on_test else "validation"
    title = f"choosing on {phase.upper() if on_test else phase}"
    with _bar(config, title) as bar:
        for choice, logs in walk:
            choices.append(choice)
            step = len(choices)
            monitor.state(phase, step, logs, choice.report.summary())
            _advance(bar, choice.setting, logs, choice.report)
    return selection.best(choices, config.selection)


def train(method, benchmark, setting, monitor):
    """Trains on all of trainval to the chosen setting; counts the states."""
    step = 0
    with _bar(method.config, "training", setting) as bar:
        states = enumerate(method.fit(benchmark, setting), 1)
        for step, (state, logs) in states:
            monitor.state("train", step, logs)
            if callable(getattr(method, "prototypes", None)):
                prototypes = method.prototypes(benchmark.semantics)
                norms = tf.norm(prototypes, axis=-1)
                monitor.histogram("parameter/prototype_norm", norms, step)
            _advance(bar, state, logs)
    return step


def keep(method, benchmark, content, directory, config):
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
            place, method, benchmark, config, content, content["calibration"]
        )


def _bar(config, title, setting=None):
    """A progress bar over epochs; over states where there are none."""
    total = None
    if METHODS[config.method].trained_in_epochs:
        total = setting["epoch"] if setting else config.epochs
    return tqdm.tqdm(total=total, desc=title, unit="epoch", leave=False)


def _advance(bar, state, logs, measured=None):
    shown = {"loss": f"{logs['objective']:.3f}"} if "objective" in logs else {}
    if measured:
        shown |= {"T": f"{measured.T:.1f}", "H": f"{measured.H:.1f}"}
    bar.set_postfix(shown, refresh=False)
    bar.update(state.get("epoch", bar.n + 1) - bar.n)
