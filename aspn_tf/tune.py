"""Search of the levers that matter, on the validation partition alone.

`python -m aspn_tf.main --tune=TRIALS`: trial 0 is the config as it stands, the
others are proposed by Optuna's TPE. Every trial is kept in trials.jsonl as it
ends, so that the search goes on where it was stopped.
"""

import optuna
import tqdm

from aspn_tf import experiment, report, resumption, selection, study, tables
from aspn_tf.baselines import METHODS
from aspn_tf.config import text
from aspn_tf.errors import InputError

RATE, LOW, HIGH = "learning_rate", 3e-6, 1e-3
LEVERS = {
    "epochs": (5, 10, 20),
    "noise_scale": (0.01, 0.1, 1.0),
    "feature_scaling": ("whiten", "max"),
    "classification_weight": (0.0, 1e-3, 1e-2),
    "cycle_weight": (0.0, 0.01, 0.1),
    "warm_start": (True, False),
}
FINISHED = optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.FAIL


def run(config):
    """Searches, prints what was tried and writes tuned.flags.

    A trial's score is the mean of T and H on the validation partition at its
    best epoch, averaged over `--seeds`.

    Args:
      config: the `Config` to start from; `tune` trials in all.

    Returns:
      The path of tuned.flags: what differs from the start in the best trial.

    Raises:
      InputError: data, flags or the run directory cannot be used, or every
        trial failed.
    """
    if config.method != "aspn" or not config.learning_rate:
        raise InputError(
            "`--tune` must start from --method=aspn and a positive "
            f"--learning_rate. Received: {config.method}, "
            f"{config.learning_rate}"
        )
    whole = experiment.load(config)
    benchmark = whole.validation()
    directory = resumption.open_directory(
        config, f"tuning-{whole.name}", free=("tune",)
    )
    search = _open(directory, config, benchmark.fingerprint)
    ended = len(_ended(search))
    search.sampler = optuna.samplers.TPESampler(seed=config.seed + ended)
    with tqdm.tqdm(total=config.tune, initial=ended, unit="trial") as bar:
        for _ in range(ended, config.tune):
            search.optimize(
                lambda trial: _score(trial, config, benchmark),
                n_trials=1,
                catch=study.FAILURES,
            )
            bar.update()
    trials = _ended(search)
    done = [trial for trial in trials if trial.value is not None]
    if not done:
        first = trials[0].user_attrs["failure"]
        raise InputError(f"Every trial in {directory} failed. {first}")
    best = max(done, key=lambda trial: trial.value)
    print(_table(trials))
    path = directory / "tuned.flags"
    report.write_text(path, "\n".join(_flags(config, best, done)) + "\n")
    print(
        f"\nTrial {best.number} is best: {best.value:.1f} on validation. Train "
        f"with it by the same flags, --flagfile={path} in place of --tune."
    )
    return path


def _open(directory, config, fingerprint):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    backend = optuna.storages.journal.JournalFileBackend(
        str(directory / "trials.jsonl")
    )
    search = optuna.create_study(
        study_name="tune",
        storage=optuna.storages.JournalStorage(backend),
        direction="maximize",
        load_if_exists=True,
    )
    if search.user_attrs.get("data_fingerprint", fingerprint) != fingerprint:
        raise InputError(
            "To go on with a search its data must stay as they were. Received: "
            f"other files than those of {directory}; give another --run_dir."
        )
    search.set_user_attr("data_fingerprint", fingerprint)
    if not _ended(search):
        start = {name: getattr(config, name) for name in (RATE, *LEVERS)}
        search.enqueue_trial(start, skip_if_exists=True)
    return search


def _ended(search):
    return search.get_trials(deepcopy=False, states=FINISHED)


def _score(trial, config, benchmark):
    rate = config.learning_rate
    changes = {
        RATE: trial.suggest_float(
            RATE, min(rate, LOW), max(rate, HIGH), log=True
        )
    }
    for name, choices in LEVERS.items():
        choices = sorted({*choices, getattr(config, name)})
        changes[name] = trial.suggest_categorical(name, choices)
    bests = []
    try:
        for seed in range(config.seed, config.seed + config.seeds):
            settings = config.replace(
                **changes, seed=seed, selection="validation"
            )
            method = METHODS[config.method](settings)
            walk = selection.walk(method, benchmark, config.calibration)
            choices = [
                choice
                for choice, _ in tqdm.tqdm(
                    walk, f"trial {trial.number}", unit="epoch", leave=False
                )
            ]
            bests.append(selection.best(choices, "validation"))
    except study.FAILURES as error:
        trial.set_user_attr("failure", study.sentence(error))
        raise
    for name in ("T", "H"):
        values = [getattr(best.report, name) for best in bests]
        trial.set_user_attr(name, sum(values) / len(values))
    return sum(best.quality for best in bests) / len(bests)


def _table(trials):
    """What was tried, best first."""
    trials = sorted(trials, key=lambda trial: -(trial.value or 0.0))
    lines = []
    for trial in trials:
        measured = ["failed"] * 3
        if trial.value is not None:
            numbers = trial.value, trial.user_attrs["T"], trial.user_attrs["H"]
            measured = [f"{number:.1f}" for number in numbers]
        levers = [_short(trial.params.get(name)) for name in (RATE, *LEVERS)]
        lines.append([str(trial.number), *measured, *levers])
    header = ["trial", "score", "T", "H", RATE, *LEVERS]
    return tables.markdown(header, lines)


def _short(value):
    return f"{value:.3g}" if isinstance(value, float) else text(value)


def _flags(config, best, done):
    """Lines of a flagfile, each below what it is worth."""
    yield f"# Trial {best.number} of {len(done)}; trial 0 is the start."
    for name, value in best.params.items():
        start = getattr(config, name)
        if value != start:
            kept = [t.value for t in done if t.params[name] == start]
            beside = f"{max(kept):.1f}" if kept else "none ended"
            yield (
                f"# {best.value:.1f} on validation; the best trial that kept "
                f"{text(start)}: {beside}"
            )
            yield f"--{name}={text(value)}"
