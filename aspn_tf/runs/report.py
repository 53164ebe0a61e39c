"""results.json and the table at the end of a run."""

import platform

import keras
import numpy as np
import tensorflow as tf

import aspn_tf
from aspn_tf.evaluation import intervals, paper
from aspn_tf.evaluation import same_text as cosine
from aspn_tf.evaluation.selection import RULES
from aspn_tf.runs import protocol

RATES = ("T", "u", "s", "H")
MEASURES = (*RATES, "AUSUC")


def results(
    config, benchmark, choice, plain, measured, cost, seconds, updates, ended
):
    """The content of results.json for one seed.

    Args:
      config: the `Config` of the run.
      benchmark: the `Benchmark` measured on.
      choice: the `Choice` that named the state and the calibration.
      plain: `Report` without calibration.
      measured: `Report` with it.
      cost: dict, what `aspn_tf.cost` counted.
      seconds: dict of wall-clock times.
      updates: of the weights, in the training that counts.
      ended: what ended the training in which the choice was made.

    Returns:
      A dict that json can write.
    """
    return {
        **_measures(measured),
        "interval": intervals.of(measured.right, benchmark, config.seed),
        "protocol": protocol.of(config.replace(seeds=1), benchmark, updates),
        "uncalibrated": _measures(plain),
        "calibrated": protocol.calibrated(config),
        "calibration": choice.calibration,
        "open_calibration": choice.open_calibration,
        "validation": _on_validation(config, choice),
        "setting": choice.setting,
        "updates": updates,
        "ended": ended,
        "selection": RULES[config.selection],
        "method": config.method,
        "reading": config.reading,
        "dataset": config.dataset,
        "benchmark": benchmark.name,
        "feature_width": benchmark.feature_width,
        "seed": config.seed,
        "per_class": {
            "T": measured.T_per_class,
            "u": measured.u_per_class,
            "s": measured.s_per_class,
        },
        "cost": cost,
        "parameters": cost["parameters"],
        "seconds": seconds,
        "data_fingerprint": benchmark.fingerprint,
        "data_notes": list(benchmark.notes),
        "versions": {
            "aspn_tf": aspn_tf.__version__,
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }


def same_text(config, benchmark):
    """T, u, s, H and AUSUC of `aspn_tf.evaluation.same_text`, a dict.

    With `calibrated` and under `uncalibrated` the same, as `results` has them.
    """
    calibrated = protocol.calibrated(config)
    plain, measured = cosine.reports(benchmark, calibrated)
    return {
        **_measures(measured),
        "uncalibrated": _measures(plain),
        "calibrated": calibrated,
    }


def summarise(per_seed):
    """One seed's results as they are; more as mean and std.

    The harmonic mean is computed for each seed, then averaged. The std is
    that of the sample (n - 1). `interval_mean` has the mean over seeds of each
    end of `interval`.

    Args:
      per_seed: list of dicts from `results`.

    Returns:
      A dict with the same measures on top.
    """
    if len(per_seed) == 1:
        return per_seed[0]
    same = (
        "calibrated",
        "selection",
        "method",
        "reading",
        "dataset",
        "benchmark",
    )
    same += ("feature_width", "parameters", "data_fingerprint", "versions")
    same += ("same_text",) * ("same_text" in per_seed[0])
    return {
        **_spread(per_seed, np.mean),
        "std": _spread(per_seed, lambda values: np.std(values, ddof=1)),
        "interval_mean": {
            name: np.mean(
                [one["interval"][name] for one in per_seed], 0
            ).tolist()
            for name in RATES
        },
        "protocol": protocol.together([one["protocol"] for one in per_seed]),
        "uncalibrated": {
            **_spread([one["uncalibrated"] for one in per_seed], np.mean),
            "std": _spread(
                [one["uncalibrated"] for one in per_seed],
                lambda values: np.std(values, ddof=1),
            ),
        },
        **{name: per_seed[0][name] for name in same},
        "seeds": [one["seed"] for one in per_seed],
        **{
            name: [one[name] for one in per_seed]
            for name in ("updates", "ended")
        },
        **{
            group: {
                name: float(np.mean([one[group][name] for one in per_seed]))
                for name in per_seed[0][group]
            }
            for group in ("seconds", "speed")
        },
        "per_seed": per_seed,
    }


def speed(seconds, states, method, benchmark):
    """Examples against time.

    Args:
      seconds: dict of wall-clock times, "training" and "scoring" among them.
      states: how many rounds the training took.
      method: the trained method.
      benchmark: the `Benchmark`, whose two test splits were scored.

    Returns:
      A dict of milliseconds a training example, of one batch a step, as
      `cost` counts FLOPs, where a GAN's step reads several; of a method
      without rounds, over its rows; and of examples scored a second.
    """
    trained = states * method.examples_a_round() / method.batches_per_step
    trained = trained or len(method.view.labels)
    scored = len(benchmark.test_seen.labels) + len(benchmark.test_unseen.labels)
    return {
        "training_ms_per_example": 1000.0 * seconds["training"] / trained,
        "scoring_examples_per_second": scored / seconds["scoring"],
    }


def table(content):
    """What the user reads at the end: a few lines of text."""
    seeds = len(content.get("seeds", [0]))
    std = content.get("std")
    plain = content["uncalibrated"]
    lines = [
        f"{content['benchmark']}, {content['method']}, "
        f"{seeds} seed{'s' if seeds > 1 else ''}, {content['selection']}",
        _row("", RATES),
    ]
    if content["calibrated"]:
        lines.append(_row("calibrated", _cells(content, std)))
        lines.append(_interval(content))
    lines.append(_row("uncalibrated", _cells(plain, plain.get("std"))))
    if not content["calibrated"]:
        lines.append(_interval(content))
    lines.append(_row("AUSUC", _cells(content, std, ["AUSUC"])))
    if "same_text" in content:
        same = content["same_text"]
        lines.append(_row("cosine alone", _cells(same, None)))
        lines.append(f"  (cosine alone: {cosine.TITLE})")
    row = paper.TABLE_1.get(content["dataset"], {}).get(content["method"])
    if row:
        printed = ["-" if x is None else f"{x:.1f}" for x in row]
        lines.append(_row("paper, Table 1", printed))
        if content["feature_width"] != paper.FEATURE_WIDTH:
            lines.append(
                f"  (the paper's features are {paper.FEATURE_WIDTH}-d "
                f"ResNet-101, these are {content['feature_width']}-d: the "
                "rows do not compare)"
            )
    lines.append(f"  {protocol.line(content['protocol'])}")
    return "\n".join(lines)


def _on_validation(config, choice):
    return None if config.selection == "test" else choice.measures


def _measures(found):
    return {**found.summary(), "AUSUC": found.ausuc}


def _spread(dicts, statistic):
    return {
        name: float(statistic([one[name] for one in dicts]))
        for name in MEASURES
    }


def _cells(values, std, names=RATES):
    if not std:
        return [f"{values[name]:.1f}" for name in names]
    return [f"{values[name]:.1f} ± {std[name]:.1f}" for name in names]


def _interval(content):
    """The row of intervals over test rows; of several seeds their mean."""
    title, found = "95 % interval", content.get("interval")
    if found is None:
        title, found = "95 %, mean ends", content["interval_mean"]
    cells = [f"{low:.1f}-{high:.1f}" for low, high in map(found.get, RATES)]
    return _row(title, cells)


def _row(title, cells):
    return f"  {title:<16}" + "".join(f"{cell:>14}" for cell in cells)
