"""`python -m aspn_tf.compare`: every system on the same footing, in one table.

The same data, protocol, selection, calibration and report for all of them;
accuracy beside what it costs.
"""

from aspn_tf import command, paper
from aspn_tf.config import METHODS
from aspn_tf.errors import InputError

FLAGS = [("methods", ",".join(METHODS), "Which rows, comma-separated.")]
GANS = ("clswgan", "cycle_clswgan")


def main(config, methods):
    """Runs the comparison and writes its tables and its picture.

    Args:
      config: the `Config` that every method gets.
      methods: names, comma-separated.

    Raises:
      InputError: the flags, the data or the run directory cannot be used.
    """
    from aspn_tf import charts, experiment, plots, study, tables

    variants = choose(config, methods)
    benchmark = experiment.load(config)
    directory, rows = study.run(config, variants, benchmark, "comparison")
    printed, notes = beside(config, benchmark, [v.slug for v in variants])
    print(
        tables.write(
            directory, "comparison", config, benchmark, rows, notes, printed
        )
    )
    figure = charts.accuracy_against_cost(
        [
            (row["variant"], row["seconds"]["training"], row["T"], row["H"])
            for row in rows
            if row["seeds"]
        ],
        "seconds of training, after selection",
    )
    (directory / "comparison.png").write_bytes(plots.png(figure))


def choose(config, names):
    """The `Variant` list that `--methods` names, in the order given."""
    from aspn_tf import baselines
    from aspn_tf.study import Variant

    if config.method != METHODS[0]:
        raise InputError(
            "A comparison takes `--methods`, not `--method`. "
            f"Received: --method={config.method}"
        )
    variants = []
    for name in dict.fromkeys(name.strip() for name in names.split(",")):
        if name not in METHODS:
            raise InputError(
                f"`--methods` must be of {', '.join(METHODS)}. "
                f"Received: {name or '(empty)'}"
            )
        title, seeds = name, config.seeds
        if not baselines.METHODS[name].trained_in_epochs:
            title, seeds = f"{name} (closed form)", 1
        settings = config.replace(method=name, seeds=seeds)
        variants.append(Variant(name, title, settings))
    return variants


def beside(config, benchmark, names):
    """What stands beside the measured numbers, and below them.

    Returns:
      (printed, notes): dict of method to the paper's T, u, s, H, or None;
      and a list of sentences.
    """
    from aspn_tf.baselines.clswgan import LONGER

    notes = []
    if any(name in GANS for name in names):
        length = "one pass over the data"
        if config.steps_per_epoch:
            steps = LONGER * config.steps_per_epoch
            length = f"{steps} steps of the generator"
        notes.append(
            f"The GANs were given at most {config.epochs} epochs of {length}, "
            "each after five of the critic (--epochs, --steps_per_epoch). "
            "Their authors gave them 30 to 70 passes over the data, so that "
            "their rows show what they reach at this cost, not what they can "
            "reach."
        )
    if not all(name in ("aspn", *GANS) for name in names):
        notes.append("A closed form has no seed: it is run once, without std.")
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
    return printed, notes


if __name__ == "__main__":
    command.run(main, FLAGS)
