"""Tables as Markdown that also reads well as it is; those of a study."""

from aspn_tf.data import harmless
from aspn_tf.evaluation.same_text import TITLE
from aspn_tf.evaluation.selection import RULES
from aspn_tf.runs import differences, protocol
from aspn_tf.runs.directory import write_json, write_text
from aspn_tf.runs.report import MEASURES, RATES

PLAIN = RATES[1:]
COSTS = (
    "updates",
    "ended by",
    "parameters",
    "MFLOP an example",
    "selection, s",
    "training, s",
    "ms an example",
    "examples/s",
)
LEGEND = (
    "Percent, mean ± std over seeds (of the sample; H of each seed, then "
    "averaged). First T, u, s, H with calibration, then u, s, H without; T "
    "has none. AUSUC: the area under the curve of u and s over all "
    "calibrations. MFLOP: of a training step, by its examples, as `cost` "
    "counts them; a closed form has none. Seconds and speeds are means. "
    "Milliseconds an example: of training, everything in it, over the steps' "
    "examples, counted as for MFLOP; examples a second: scored. Updates: of "
    "the training that counts; ended by: what ended the training in which its "
    "state was chosen."
)
PAIRED = (
    "Against best: the difference to the row of the highest T or H in this "
    "table, and its 95 % interval over test rows, resampled within classes, "
    "the same for both (bootstrap). Even: the interval holds 0, so the row is "
    "neither better nor worse. It tells nothing of other seeds."
)


def write(directory, name, config, benchmark, rows, notes=(), printed=None):
    """Writes `<name>.json` and `<name>.md`; each whole or not at all.

    Args:
      directory: of the study, a path.
      name: of the files.
      config: the `Config` of the study.
      benchmark: the `Benchmark` of it.
      rows: list of dicts of `study.row`.
      notes: sentences that stand below the tables.
      printed: dict of slug to (T, u, s, H) printed in the paper, or None.

    Returns:
      The Markdown.
    """
    notes = [*benchmark.notes, *notes]
    found = differences.against_best(directory, rows, benchmark)
    measured = protocol.of(config, benchmark)
    content = {
        "study": name,
        "dataset": config.dataset,
        "benchmark": benchmark.name,
        "feature_width": benchmark.feature_width,
        "data_fingerprint": benchmark.fingerprint,
        "selection": RULES[config.selection],
        "protocol": measured,
        "notes": notes,
        "rows": rows,
        "difference": found,
    }
    title = f"# {name.capitalize()}, {harmless.markdown(benchmark.name)}"
    body = [accuracy(rows, printed, found), costs(rows), failures(rows)]
    below = [f"State: {RULES[config.selection]}. {LEGEND}"]
    below += [PAIRED] * bool(found) + list(map(harmless.markdown, notes))
    parts = (title, protocol.line(measured), *body, *below)
    text = "\n\n".join(part for part in parts if part)
    write_json(directory / f"{name}.json", content)
    write_text(directory / f"{name}.md", text + "\n")
    return text


def accuracy(rows, printed=None, found=None):
    """A table of T; u, s, H with and without calibration; AUSUC.

    Args:
      rows: list of dicts of `study.row`.
      printed: dict of slug to (T, u, s, H) printed in the paper, or None.
      found: what `differences.against_best` has found; empty for nothing.
    """
    header = ["", *MEASURES, *(f"{name} plain" for name in PLAIN), "seeds"]
    if found:
        header += [f"{name} against best" for name in differences.AGAINST_BEST]
    if printed:
        header.append("paper: T, u, s, H")
    lines = []
    mixed = len({row["calibrated"] for row in rows if row["seeds"]}) > 1
    for row in rows:
        line = [row["title"], *["failed"] * 8, str(len(row["seeds"]))]
        if mixed and row["seeds"] and not row["calibrated"]:
            line[0] += " (not calibrated)"
        if row["seeds"]:
            line[1:9] = [
                *(_cell(row, name) for name in MEASURES),
                *(_cell(row["uncalibrated"], name) for name in PLAIN),
            ]
        if found:
            line += [
                _against(found.get(row["variant"]), name)
                for name in differences.AGAINST_BEST
            ]
        if printed:
            line.append(_printed(printed.get(row["variant"])))
        lines.append(line)
    same = [row["same_text"] for row in rows if "same_text" in row]
    if same:
        lines.append(_same_text(same[0], len(header)))
    return markdown(header, lines)


def _same_text(found, width):
    """The row of what needs no training, without seeds."""
    found = {**found, "std": None}
    plain = {**found["uncalibrated"], "std": None}
    cells = [TITLE, *(_cell(found, name) for name in MEASURES)]
    cells += [_cell(plain, name) for name in PLAIN]
    return cells + [""] * (width - len(cells))


def costs(rows):
    """A table of parameters, seconds and speeds.

    Args:
      rows: list of dicts of `study.row`.
    """
    lines = []
    for row in rows:
        line = [row["title"], *["failed"] * len(COSTS)]
        if row["seeds"]:
            line[1:] = [
                protocol.span(row["updates"]),
                "; ".join(dict.fromkeys(row["ended"])),
                f"{row['parameters']:,}",
                _millions(row["training_step_flops"]),
                f"{row['seconds']['selection']:.1f}",
                f"{row['seconds']['training']:.1f}",
                f"{row['speed']['training_ms_per_example']:.3g}",
                f"{row['speed']['scoring_examples_per_second']:,.0f}",
            ]
        lines.append(line)
    return markdown(("", *COSTS), lines)


def failures(rows):
    """One line of Markdown a failed cell; empty where there is none."""
    return "\n".join(
        f"- {row['title']}, seed {seed}: failed. {harmless.markdown(sentence)}"
        for row in rows
        for seed, sentence in row["failed"].items()
    )


def markdown(header, lines):
    """A padded table; the first column to the left, others to the right."""
    columns = list(zip(header, *lines, strict=True))
    widths = [max(3, *(len(cell) for cell in column)) for column in columns]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    padded = []
    for cells in (header, rule, *lines):
        first, *rest = zip(cells, widths, strict=True)
        line = [first[0].ljust(first[1]), *(c.rjust(w) for c, w in rest)]
        padded.append("| " + " | ".join(line) + " |")
    return "\n".join(padded)


def _cell(values, name):
    if values["std"] is None:
        return f"{values[name]:.1f}"
    return f"{values[name]:.1f} ± {values['std'][name]:.1f}"


def _millions(count):
    if count is None:
        return "-"
    return f"{count / 1e6:,.1f}" if count > 1e6 else f"{count / 1e6:.2g}"


def _against(differences, name):
    """A cell of the columns against the best; empty of a row that failed."""
    if differences is None:
        return ""
    if name not in differences:
        return "best"
    low, high = differences[name]["interval"]
    even = ", even" if low <= 0.0 <= high else ""
    return f"{differences[name]['mean']:+.1f} [{low:+.1f}, {high:+.1f}]{even}"


def _printed(row):
    if row is None:
        return ""
    return ", ".join("-" if rate is None else f"{rate:.1f}" for rate in row)
