"""What each part of a method is worth, as in the paper's Fig. 3a, b.

The rows are the `VARIANTS` of the method's own settings.
"""

from aspn_tf.errors import InputError
from aspn_tf.methods import registry
from aspn_tf.runs import charts, study


def main(config, variants, jobs=1):
    """Runs the ablation and writes its tables and its picture.

    Args:
      config: the `Config` of the whole method; every variant differs from it
        as listed.
      variants: slugs, comma-separated; empty for all.
      jobs: how many cells at once.

    Raises:
      InputError: the flags, the data or the run directory cannot be used.
    """
    study.publish(
        config,
        choose(config, variants),
        "ablation",
        jobs,
        lambda benchmark: (None, ()),
        lambda rows, benchmark, _: {
            "ablation": charts.variants(rows, _title(config, benchmark))
        },
    )


def choose(config, slugs):
    """The `Variant` list that `--variants` names, in the order of the table."""
    variants = registry.settings_class(config.method).VARIANTS
    if not variants:
        having = [
            name
            for name in registry.METHODS
            if registry.settings_class(name).VARIANTS
        ]
        raise InputError(
            "`--method` must be one whose parts can be removed: "
            f"{', '.join(having)}. Received: {config.method}"
        )
    slugs = slugs or ",".join(_offered(config, variants))
    wanted = study.chosen("variants", slugs, variants)
    return [
        study.Variant(slug, title, _changed(config, changes))
        for slug, (title, changes) in variants.items()
        if slug in wanted
    ]


def _offered(config, variants):
    """The rows where none are named: parts that this reading has."""
    lacking = ()
    if config.reading != "default":
        lacking = registry.settings_class(config.method).OURS
    return [
        slug
        for slug, (_, changes) in variants.items()
        if not isinstance(changes, str) and slug not in lacking
    ]


def _changed(config, changes):
    """The config with other settings; or with a reading, given its name."""
    if isinstance(changes, str):
        return config.read_as(changes)
    return config.with_settings(**changes)


def _title(config, benchmark):
    title = f"Ablation on {benchmark.name}"
    if config.reading != "default":
        title += f", {config.reading}"
    return f"{title}, calibrated" if config.calibration else title
