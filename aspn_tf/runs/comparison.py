"""Every system on the same footing, in one table.

The same data, protocol, selection, calibration and report for all of them;
accuracy beside what it costs.
"""

from aspn_tf.errors import InputError
from aspn_tf.evaluation import paper
from aspn_tf.methods import registry
from aspn_tf.runs import charts, kept, study
from aspn_tf.runs import directory as directories


def main(config, methods, jobs=1):
    """Runs the comparison and writes its tables and its pictures.

    Args:
      config: the `Config` that every method gets.
      methods: names, comma-separated.
      jobs: how many cells at once.

    Raises:
      InputError: the flags, the data or the run directory cannot be used.
    """
    variants = choose(config, methods)
    names = [variant.slug for variant in variants]
    study.publish(
        config,
        variants,
        "comparison",
        jobs,
        lambda benchmark: beside(config, benchmark, names),
        draw,
    )


def choose(config, names):
    """The `Variant` list that `--methods` names, in the order given.

    `--reading` is that of the default method; the others are taken as their
    own settings say.
    """
    if config.method != registry.DEFAULT:
        raise InputError(
            "A comparison takes `--methods`, not `--method`. "
            f"Received: --method={config.method}"
        )
    names = study.chosen("methods", names, registry.METHODS)
    if config.reading != "default" and config.method not in names:
        raise InputError(
            f"`--reading` must come with {config.method} among --methods. "
            f"Received: --reading={config.reading}, --methods="
            f"{','.join(names)}"
        )
    variants = []
    for name in names:
        kind = registry.method_class(name)
        title = kind.title
        if kind.closed_form:
            title = f"{title} (closed form)"
        reading = config.reading if name == config.method else "default"
        changed = config.replace(method=name, reading=reading)
        variants.append(study.Variant(name, title, changed))
    return variants


def draw(rows, benchmark, directory):
    """Accuracy against cost, and the seen-unseen curves of all methods.

    Args:
      rows: list of dicts of `study.row`.
      benchmark: the `Benchmark`.
      directory: of the study, a path.

    Returns:
      A dict of names of pictures to matplotlib Figures.
    """
    curves = {
        row["variant"]: [
            kept.curve(directories.cell_of(directory, row["variant"], seed))
            for seed in row["seeds"]
        ]
        for row in rows
    }
    title = f"All calibrations on {benchmark.name}"
    return {
        "comparison": charts.accuracy_against_cost(rows),
        "seen_unseen_curves": charts.seen_unseen_curves(rows, curves, title),
    }


def beside(config, benchmark, names):
    """What stands beside the measured numbers, and below them.

    Args:
      config: the `Config` of the comparison.
      benchmark: the `Benchmark`.
      names: of the methods compared.

    Returns:
      (printed, notes): dict of method to the paper's T, u, s, H, or None;
      and a list of sentences.
    """
    kinds = [registry.method_class(name) for name in names]
    notes = list(dict.fromkeys(note for kind in kinds for note in kind.notes))
    if any(kind.closed_form for kind in kinds):
        notes.append(
            "A closed form draws nothing: its seed deals the partitions that "
            "its regularisers and its calibration are chosen on."
        )
    printed = paper.TABLE_1.get(config.dataset)
    if printed is None:
        notes.append(f"The paper's Table 1 has no {benchmark.name}.")
    elif benchmark.feature_width != paper.FEATURE_WIDTH:
        printed = None
        notes.append(
            "The paper's Table 1 does not stand beside it: its features are "
            f"{paper.FEATURE_WIDTH}-d ResNet-101, these are "
            f"{benchmark.feature_width}-d."
        )
    else:
        notes += [
            paper.NOTES[config.dataset, name]
            for name in names
            if (config.dataset, name) in paper.NOTES
        ]
    return printed, notes
