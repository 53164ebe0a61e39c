"""What a number was measured under, as a dict and as one line."""

FINGERPRINT = 8  # of its digits
SELECTED = {
    "last": "last state",
    "validation": "selected on validation",
    "test": "SELECTED ON TEST DATA",
}


def of(config, benchmark, updates=None):
    """The protocol of a run of `config.seeds` seeds.

    Args:
      config: the `Config`.
      benchmark: the `Benchmark` measured on.
      updates: of the weights, in the training that counts; None of a closed
        form, or where many methods stand together.

    Returns:
      A dict that json can write.
    """
    return {
        "feature_width": benchmark.feature_width,
        "fingerprint": benchmark.fingerprint[:FINGERPRINT],
        "semantics": config.semantics or "the data set's own",
        "selection": config.selection,
        "calibrated": calibrated(config),
        "seeds": list(range(config.seed, config.seed + config.seeds)),
        "updates": [] if updates is None else [updates],
    }


def calibrated(config):
    """Whether seen classes give something up."""
    return config.calibration and config.selection != "test"


def together(protocols):
    """The protocol of runs that differ in their seeds, and so in updates."""
    return {
        **protocols[0],
        **{
            name: [value for one in protocols for value in one[name]]
            for name in ("seeds", "updates")
        },
    }


def line(protocol):
    """One line for a person to read."""
    seeds = protocol["seeds"]
    words = [
        f"{protocol['feature_width']}-d features {protocol['fingerprint']}",
        f"semantics {protocol['semantics']}",
        SELECTED[protocol["selection"]],
        "calibrated" if protocol["calibrated"] else "not calibrated",
        f"seed{'s' if len(seeds) > 1 else ''} {span(seeds)}",
    ]
    if protocol["updates"]:
        words.append(f"{span(protocol['updates'])} updates")
    return f"protocol: {', '.join(words)}"


def span(values):
    """The least and the most of some numbers, as text."""
    low, high = min(values), max(values)
    return f"{low}" if low == high else f"{low}-{high}"
