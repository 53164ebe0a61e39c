"""Search of the levers that a method declares, on the validation partition.

`python -m aspn_tf.main --tune=TRIALS`: trial 0 is the config as it stands, the
others are proposed by Optuna's TPE. Every trial is kept in trials.jsonl as it
ends, so that the search goes on where it was stopped.
"""

import dataclasses
import os
import statistics

import optuna
import tqdm

from aspn_tf import contradictions, disk, stopping
from aspn_tf.errors import InputError
from aspn_tf.evaluation import selection
from aspn_tf.methods import registry
from aspn_tf.methods.settings import Log, text
from aspn_tf.runs import cells, fitting, tables
from aspn_tf.runs import directory as directories
from aspn_tf.runs import run as runs

FINISHED = optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.FAIL


def levers(method):
    """What the search may change: dict of field to tuple of values, or `Log`.

    Raises:
      InputError: the method declares none.
    """
    found = _levers(method)
    if not found:
        having = [name for name in registry.METHODS if _levers(name)]
        raise InputError(
            "`--tune` must start from a method with levers: "
            f"{', '.join(having)}. Received: {method}"
        )
    return found


def run(config):
    """Searches, prints what was tried and writes tuned.flags.

    A trial's score is the mean of T and H on the validation partition at its
    best state, averaged over `--seeds`.

    Args:
      config: the `Config` to start from; `tune` trials in all.

    Returns:
      The path of tuned.flags: what differs from the start in the best trial.

    Raises:
      InputError: data, flags or the run directory cannot be used, or every
        trial failed.
    """
    contradictions.refuse(config)
    choices = {
        name: _choices(lever, getattr(config.own, name), config.method, name)
        for name, lever in levers(config.method).items()
    }
    whole = runs.load(config)
    benchmark = whole.validation()
    directory = directories.make_or_open(
        config, f"tuning-{whole.name}", free=("tune",)
    )
    stopping.listen()
    with directories.alone(directory):
        trials = _search(config, choices, benchmark, directory)
    done = [trial for trial in trials if trial.value is not None]
    if not done:
        first = trials[0].user_attrs["failure"]
        raise InputError(f"Every trial in {directory} failed. {first}")
    best = max(done, key=lambda trial: trial.value)
    print(_table(trials, list(choices)))
    path = directory / "tuned.flags"
    directories.write_text(path, "\n".join(_flags(config, best, done)) + "\n")
    print(
        f"\nTrial {best.number} is best: {best.value:.1f} on validation. Train "
        f"with it by the same flags, --flagfile={path} in place of --tune."
    )
    return path


def _search(config, choices, benchmark, directory):
    """Makes the trials that are not there yet; returns all of them."""
    search = _open(directory, benchmark.fingerprint)
    if not _ended(search):
        start = {name: getattr(config.own, name) for name in choices}
        search.enqueue_trial(start, skip_if_exists=True)
    ended = len(_ended(search))
    search.sampler = optuna.samplers.TPESampler(seed=config.seed + ended)
    with tqdm.tqdm(total=config.tune, initial=ended, unit="trial") as bar:
        for _ in range(ended, config.tune):
            _try(search, config, choices, benchmark)
            bar.update()
    return _ended(search)


def _levers(method):
    return {
        field.name: field.metadata["lever"]
        for field in dataclasses.fields(registry.settings_class(method))
        if field.metadata.get("lever")
    }


def _choices(lever, start, method, name):
    """The distribution of a lever, widened so that the start is in it."""
    if not isinstance(lever, Log):
        return optuna.distributions.CategoricalDistribution(
            sorted({*lever, start})
        )
    if start <= 0.0:
        raise InputError(
            f"`--{method}.{name}` must be positive where the search starts, "
            f"as its lever is logarithmic. Received: {start}"
        )
    return optuna.distributions.FloatDistribution(
        min(start, lever.low), max(start, lever.high), log=True
    )


def _open(directory, fingerprint):
    """The Optuna study in a directory, of these data."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    path = directory / "trials.jsonl"
    _drop_cut(path)
    backend = optuna.storages.journal.JournalFileBackend(str(path), _Held())
    search = optuna.create_study(
        study_name="tune",
        storage=optuna.storages.JournalStorage(backend),
        direction="maximize",
        load_if_exists=True,
    )
    kept = search.user_attrs.get("data_fingerprint", fingerprint)
    directories.same_data(directory, kept, fingerprint)
    search.set_user_attr("data_fingerprint", fingerprint)
    return search


class _Held:
    """The lock of a journal in a directory that is this process's alone.

    Optuna's own outlives a process that is killed.
    """

    def acquire(self):
        """Is had."""
        return True

    def release(self):
        """Stays."""


def _drop_cut(path):
    """Drops a last line that is not whole, as a kill or a disk leaves it."""
    if path.is_file():
        text = path.read_bytes()
        whole = text.rfind(b"\n") + 1
        if whole < len(text):
            os.truncate(path, whole)


def _ended(search):
    return search.get_trials(deepcopy=False, states=FINISHED)


def _try(search, config, choices, benchmark):
    """One trial; its measures, or why it failed, are kept with it."""
    trial = search.ask(choices)
    changed = config.with_settings(**trial.params)
    try:
        bests = [
            _best(changed.replace(seed=seed), benchmark, trial.number)
            for seed in range(config.seed, config.seed + config.seeds)
        ]
    except cells.FAILURES as error:
        if disk.failed(error):
            raise
        trial.set_user_attr("failure", cells.sentence(error))
        search.tell(trial, state=optuna.trial.TrialState.FAIL)
        return
    for name in ("T", "H"):
        mean = statistics.fmean(best.measures[name] for best in bests)
        trial.set_user_attr(name, mean)
    search.tell(trial, statistics.fmean(best.quality for best in bests))


def _best(config, benchmark, number):
    """The best `Choice` of one seed of a trial."""
    method = fitting.build(config.replace(selection="validation"), benchmark)
    walk = selection.Walk(method, benchmark, config.calibration)
    title = f"trial {number}"
    states = tqdm.tqdm(
        walk, title, len(method.rounds()), unit="state", leave=False
    )
    return selection.best([choice for choice, _ in states], "validation")


def _table(trials, names):
    """What was tried, best first."""
    trials = sorted(trials, key=lambda trial: -(trial.value or 0.0))
    lines = []
    for trial in trials:
        measured = ["failed"] * 3
        if trial.value is not None:
            numbers = trial.value, trial.user_attrs["T"], trial.user_attrs["H"]
            measured = [f"{number:.1f}" for number in numbers]
        values = [_short(trial.params.get(name)) for name in names]
        lines.append([str(trial.number), *measured, *values])
    return tables.markdown(["trial", "score", "T", "H", *names], lines)


def _short(value):
    return f"{value:.3g}" if isinstance(value, float) else text(value)


def _flags(config, best, done):
    """Lines of a flagfile, each below what it is worth."""
    yield f"# Trial {best.number} of {len(done)}; trial 0 is the start."
    for name, value in best.params.items():
        start = getattr(config.own, name)
        if value != start:
            kept = [t.value for t in done if t.params[name] == start]
            beside = f"{max(kept):.1f}" if kept else "none ended"
            yield (
                f"# {best.value:.1f} on validation; the best trial that kept "
                f"{text(start)}: {beside}"
            )
            yield f"--{config.method}.{name}={text(value)}"
