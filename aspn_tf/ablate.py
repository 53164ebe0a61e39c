"""`python -m aspn_tf.ablate`: what each part is worth, as in Fig. 3a, b.

The paper's three models first (Baseline, SPN, ASPN), then ASPN without one of
its parts, ASPN without one of our additions, and the paper to the letter.
"""

from aspn_tf import command
from aspn_tf.config import LITERAL
from aspn_tf.errors import InputError

BASELINE = {
    "semantic_weight": 0.0,
    "cycle_weight": 0.0,
    "adversarial_weight": 0.0,
    "attention": False,
}
VARIANTS = {  # slug: title, what differs from ASPN
    "baseline": ("Baseline", BASELINE),
    "spn": ("SPN", {"attention": False}),
    "aspn": ("ASPN", {}),
    "no_visual": ("ASPN without L_V", {"visual_weight": 0.0}),
    "no_semantic": ("ASPN without L_S", {"semantic_weight": 0.0}),
    "no_cycle": ("ASPN without L_pre", {"cycle_weight": 0.0}),
    "no_critic": ("ASPN without critic", {"adversarial_weight": 0.0}),
    "no_classification": (
        "ASPN without L_cls",
        {"classification_weight": 0.0},
    ),
    "no_whitening": (
        "ours less whitening",
        {"feature_scaling": "max"},
    ),
    "no_means": (
        "ours less class means",
        {"seen_prototypes": "generated"},
    ),
    "no_start": ("ours less warm start", {"warm_start": False}),
    "no_softmax": ("ours less softmax", {"softmax": False}),
    "no_bidirectional": (
        "ours less semantic scores",
        {"bidirectional": False},
    ),
    "literal": ("paper to the letter", {"reading": "literal", **LITERAL}),
}
FLAGS = [
    (
        "variants",
        ",".join(VARIANTS),
        "Which rows, comma-separated.",
    )
]


def main(config, variants):
    """Runs the ablation and writes its table and its picture.

    Args:
      config: the `Config` of ASPN; every variant differs from it as listed.
      variants: slugs, comma-separated.

    Raises:
      InputError: the flags, the data or the run directory cannot be used.
    """
    from aspn_tf import charts, experiment, plots, study, tables

    chosen = choose(config, variants)
    benchmark = experiment.load(config)
    directory, rows = study.run(config, chosen, benchmark, "ablation")
    print(tables.write(directory, "ablation", config, benchmark, rows))
    title = f"Ablation on {benchmark.name}"
    figure = charts.variants(
        {
            row["title"]: {
                name: (row[name], (row["std"] or {}).get(name, 0.0))
                for name in charts.MEASURES
            }
            for row in rows
            if row["seeds"]
        },
        f"{title}, calibrated" if config.calibration else title,
    )
    (directory / "ablation.png").write_bytes(plots.png(figure))


def choose(config, slugs):
    """The `Variant` list that `--variants` names, in the order of the table."""
    from aspn_tf.study import Variant

    if config.method != "aspn":
        raise InputError(
            "`--method` must be aspn, the system whose parts are removed. "
            f"Received: {config.method}"
        )
    wanted = [slug.strip() for slug in slugs.split(",")]
    for slug in wanted:
        if slug not in VARIANTS:
            raise InputError(
                f"`--variants` must be of {', '.join(VARIANTS)}. "
                f"Received: {slug or '(empty)'}"
            )
    whole = config.replace(attention=True)
    return [
        Variant(slug, title, whole.replace(**changes))
        for slug, (title, changes) in VARIANTS.items()
        if slug in wanted
    ]


if __name__ == "__main__":
    command.run(main, FLAGS)
