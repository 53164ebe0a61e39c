"""What each part, reading and addition of ASPN is worth, on validation alone.

Run: python benchmarks/recipe_study.py --dataset=digit_pairs --run_dir=DIR

Every row differs from the default (with its data set's recipe), or from the
reading that `--reading` names, as it says and is trained on the validation
benchmark only: the test partition is never scored. Goes on where it was
stopped; DIR/table.md holds the table.
"""

import json

import numpy as np
import tqdm

from aspn_tf import command
from aspn_tf.errors import InputError
from aspn_tf.evaluation import selection
from aspn_tf.methods.aspn.readings import VARIANTS
from aspn_tf.runs import fitting, run, study, tables
from aspn_tf.runs.directory import make_or_open, write_json, write_text

FRESH = {"warm_start": False, "learning_rate": 1e-3, "steps_per_epoch": 50}
PARTS = {
    slug: VARIANTS[slug][1]
    for slug in (
        "baseline",
        "spn",
        "no_visual",
        "no_semantic",
        "no_cycle",
        "no_critic",
        "no_classification",
    )
}
ROWS = {  # slug: what differs from the default, or a reading
    "default": {},
    **PARTS,
    # Readings of the paper.
    "cycle_0.1": {"cycle_weight": 0.1},
    "cycle_1": {"cycle_weight": 1.0},
    "adversarial_0.01": {"adversarial_weight": 0.01},
    "adversarial_1": {"adversarial_weight": 1.0},
    "classification_0.01": {"classification_weight": 0.01},
    "classification_1": {"classification_weight": 1.0},
    "alpha_mix": {"alpha_role": "mix"},
    "attended_prototypes": {"attended_prototypes": True},
    "penalty_squared": {"penalty_form": "squared"},
    "pseudo_of_batch": {"pseudo_classes": "batch"},
    "real_against_all": {"real_classes": "all"},
    "cosine": {"compatibility": "cosine", "temperature": 0.1},
    "temperature_1": {"temperature": 1.0},
    "dot": {"compatibility": "dot", "temperature": 1.0},
    "euclidean": {"compatibility": "euclidean", "temperature": 1.0},
    "pseudo_of_all": {"pseudo_classes": "all"},
    "reduction_mean": {"reduction": "mean"},
    "relu": {"generator_output": "relu"},
    # Additions of ours, taken away.
    "no_whitening": {"feature_scaling": "max"},
    "no_warm_start": {"warm_start": False},
    "no_class_means": {"seen_prototypes": "generated"},
    "no_semantic_scores": {"bidirectional": False},
    "no_calibration": {"calibration": False},
    "no_schedule": {"schedule": "constant"},
    "semantics_unscaled": {"semantics_scaling": "none"},
    "semantics_unit": {"semantics_scaling": "unit"},
    "noise_1": {"noise_scale": 1.0},
    "noise_0": {"noise_scale": 0.0},
    # Optimization.
    "rate_1e-4": {"learning_rate": 1e-4},
    "rate_3e-4": {"learning_rate": 3e-4},
    "rate_1e-3": {"learning_rate": 1e-3},
    "steps_100": {"steps_per_epoch": 100},
    "weight_decay": {"weight_decay": 0.01},
    # Without the closed-form start, which hides what the losses do.
    "fresh": FRESH,
    **{f"fresh_{slug}": {**part, **FRESH} for slug, part in PARTS.items()},
    "fresh_no_schedule": {**FRESH, "schedule": "constant"},
    "fresh_weight_decay": {**FRESH, "weight_decay": 0.01},
    "fresh_noise_1": {**FRESH, "noise_scale": 1.0},
    "fresh_semantics_unscaled": {**FRESH, "semantics_scaling": "none"},
    "fresh_semantics_unit": {**FRESH, "semantics_scaling": "unit"},
    "fresh_classification_1": {**FRESH, "classification_weight": 1.0},
    "fresh_adversarial_0.01": {**FRESH, "adversarial_weight": 0.01},
    "fresh_cycle_1": {**FRESH, "cycle_weight": 1.0},
    "literal": "literal",
}
FLAGS = [("rows", "", "Which rows, comma-separated; empty: all.")]


def main(config, rows):
    """Runs the rows that are not there yet and prints the table.

    Args:
      config: the `Config` of the default row.
      rows: slugs, comma-separated.
    """
    wanted = study.chosen("rows", rows or ",".join(ROWS), ROWS)
    whole = run.load(config)
    benchmark = whole.validation()
    directory = make_or_open(config, f"recipe-{whole.name}", free=("seeds",))
    cells = [
        (slug, seed)
        for seed in range(config.seed, config.seed + config.seeds)
        for slug in wanted
    ]
    for slug, seed in tqdm.tqdm(cells, unit="run"):
        path = directory / f"{slug}-seed{seed}.json"
        if not path.exists():
            row = changed(config.replace(seed=seed), ROWS[slug])
            write_json(path, cell(row, benchmark))
    found = {slug: _read(directory, slug) for slug in ROWS}
    text = table(found, whole)
    write_text(directory / "table.md", text + "\n")
    print(text)


def changed(config, changes):
    """The config of a row."""
    config = config.replace(selection="validation")
    if isinstance(changes, str):
        return config.read_as(changes)
    own = {k: v for k, v in changes.items() if hasattr(config.own, k)}
    shared = {k: v for k, v in changes.items() if k not in own}
    return config.with_settings(**own).replace(**shared)


def cell(config, benchmark):
    """T, u, s, H and setting of the state that validation prefers."""
    try:
        method = fitting.build(config, benchmark)
        steps = selection.Walk(
            method,
            benchmark,
            config.calibration,
            patience=method.patience,
        )
        best = selection.best([choice for choice, _ in steps], "validation")
    except InputError as error:  # a loss that is not finite
        return {"failed": str(error)}
    return {**best.measures, "setting": best.setting}


def table(found, whole):
    """Markdown; the gain is that of the mean of T and H."""
    start = _score(found["default"])
    lines = []
    for slug, cells in found.items():
        good = [one for one in cells if "failed" not in one]
        if good:
            values = [np.mean([one[name] for one in good]) for name in "TusH"]
            gain = _score(good) - start
            numbers = [f"{value:.1f}" for value in values] + [f"{gain:+.1f}"]
            lines.append([slug, str(len(good)), *numbers])
        elif cells:
            lines.append([slug, "failed", *["-"] * 5])
    header = [whole.name, "seeds", "T", "u", "s", "H", "against default"]
    return tables.markdown(header, lines)


def _score(cells):
    return np.mean([(one["T"] + one["H"]) / 2 for one in cells or [np.nan]])


def _read(directory, slug):
    paths = sorted(directory.glob(f"{slug}-seed*.json"))
    return [json.loads(path.read_text()) for path in paths]


if __name__ == "__main__":
    command.run(main, FLAGS)
