"""report.html: a run on one page that needs nothing else, and no network."""

import base64
import html
import pathlib
import string

from aspn_tf.evaluation import metrics
from aspn_tf.evaluation.same_text import TITLE
from aspn_tf.runs import charts, examples, figures, protocol
from aspn_tf.runs.directory import FLAGS, write_text
from aspn_tf.runs.monitor import data_rows
from aspn_tf.runs.report import MEASURES

FILE = "report.html"
TEMPLATE = pathlib.Path(__file__).parent / "page.html"
CONFUSIONS = 200
CAPTIONS = {
    "confusion_unseen": "The traditional task: unseen classes among themselves",
    "confusion_all": "The generalized task: all classes",
    "per_class": "Accuracy by class, generalized",
    "seen_unseen_curve": "All calibrations",
    "prototypes_unseen": "Generated prototypes above examples of their classes",
}


def write(directory, config, benchmark, content, measured, history, pictures):
    """Writes the page of one seed.

    Args:
      directory: the run directory, a path.
      config: the `Config` of the run.
      benchmark: the `Benchmark` measured on.
      content: of results.json.
      measured: the calibrated `Report`.
      history: what the `Monitor` was told of states.
      pictures: dict of name to PNG bytes.
    """
    parts = [
        _section("Data", _data(benchmark)),
        _section("Training", _training(content, history)),
        _section(
            "Confusions, the most frequent first",
            _confusions(measured, benchmark),
        ),
        _section("Classes", _classes(measured, benchmark)),
        *_examples(benchmark),
        *(
            _section(CAPTIONS[name], _picture(data, CAPTIONS[name]))
            for name, data in pictures.items()
        ),
        _section("The same again", _again(config)),
    ]
    _write(directory, content, parts)


def write_summary(directory, content):
    """Writes the page of a run of several seeds, with links to theirs.

    Args:
      directory: the run directory, a path.
      content: of results.json.
    """
    links = [
        f'<li><a href="seed{seed}/{FILE}">seed {seed}</a></li>'
        for seed in content["seeds"]
    ]
    parts = [_section("Every seed", f"<ul>{''.join(links)}</ul>")]
    _write(directory, content, parts)


def _write(directory, content, parts):
    """Writes the page: what every one begins and ends with, and its parts."""
    title = f"{content['method']} on {content['benchmark']}"
    parts = [
        _tag("p", protocol.line(content["protocol"])),
        _section("Measured, per-class top-1 in percent", _rates(content)),
        *parts,
        _footer(content),
    ]
    page = string.Template(TEMPLATE.read_text()).substitute(
        title=html.escape(title), body="\n".join(parts)
    )
    write_text(directory / FILE, page)


def _rates(content):
    """T, u, s, H and AUSUC with and without calibration."""
    rows = [("uncalibrated", content["uncalibrated"])]
    if content["calibrated"]:
        rows.insert(0, ("calibrated", {**content, "std": content.get("std")}))
    lines = [
        [title, *(_rate(values, name) for name in MEASURES)]
        for title, values in rows
    ]
    if "same_text" in content:
        found = content["same_text"]
        lines.append([TITLE, *(_rate(found, name) for name in MEASURES)])
    interval = content.get("interval")
    if interval:
        ends = [f"{low:.1f} to {high:.1f}" for low, high in interval.values()]
        lines.append(["95 % interval over test rows", *ends, ""])
    table = _table(["", *MEASURES], lines)
    if "ECE" in content:
        table += _tag(
            "p",
            f"Expected calibration error of the probabilities: "
            f"{content['ECE']:.1f} %.",
        )
    return table


def _rate(values, name):
    std = values.get("std")
    spread = f" ± {std[name]:.1f}" if std else ""
    return f"{values[name]:.1f}{spread}"


def _data(benchmark):
    notes = "".join(_tag("p", note) for note in benchmark.notes)
    return _table(None, data_rows(benchmark)) + notes


def _training(content, history):
    seconds = content["seconds"]
    said = (
        f"{content['updates']} updates; ended by: {content['ended']}. "
        f"{seconds['selection']:.1f} s to choose, {seconds['training']:.1f} s "
        "to train."
    )
    figure = charts.history(history)
    shown = _picture(figures.png(figure), "By state") if figure else ""
    return _tag("p", said) + shown


def _confusions(measured, benchmark):
    """A table that can be sorted: true, named, how many, share of the true."""
    counts = measured.confusion_all
    if counts is None:
        return _tag("p", "Not counted: there are too many classes.")
    totals = counts.sum(axis=1)
    names, unseen = benchmark.class_names, set(benchmark.unseen.tolist())
    lines = []
    for true, named in metrics.worst_confusions(counts, CONFUSIONS):
        count = counts[true, named]
        share = f"{100.0 * count / totals[true]:.1f}"
        kind = "unseen" if int(true) in unseen else "seen"
        lines.append([names[true], names[named], kind, count, share])
    header = ["class", "taken for", "it was", "examples", "% of the class"]
    return _table(header, lines, True)


def _classes(measured, benchmark):
    """A table that can be sorted: every class and how often it was right."""
    lines = []
    for kind, own in (
        ("unseen", measured.u_per_class),
        ("seen", measured.s_per_class),
    ):
        for name, rate in own.items():
            t = measured.T_per_class.get(name)
            lines.append(
                [name, kind, f"{rate:.1f}", "" if t is None else f"{t:.1f}"]
            )
    header = ["class", "it was", "generalized, %", "traditional, %"]
    return _table(header, lines, True)


def _examples(benchmark):
    shown = examples.shown(benchmark)
    return [_section("Pictures, unseen classes first", shown)] if shown else []


def _again(config):
    flags = "\n".join(config.replace(run_dir="").flag_lines())
    command = f"python -m aspn_tf.main --flagfile={FLAGS}"
    return (
        f"<pre>{html.escape(command)}</pre><details><summary>{FLAGS}</summary>"
        f"<pre>{html.escape(flags)}</pre></details>"
    )


def _footer(content):
    versions = ", ".join(f"{k} {v}" for k, v in content["versions"].items())
    return _tag("footer", versions)


def _section(title, inside):
    return f"<section>{_tag('h2', title)}{inside}</section>"


def _picture(data, caption):
    source = base64.b64encode(data).decode()
    return (
        f'<figure><img alt="{html.escape(caption)}" '
        f'src="data:image/png;base64,{source}"></figure>'
    )


def _tag(name, text):
    return f"<{name}>{html.escape(str(text))}</{name}>"


def _table(header, lines, sortable=False):
    """A table; a column stands right where all its cells are numbers."""
    lines = [[str(cell) for cell in line] for line in lines]
    words = [
        any(not _number(cell) for cell in column)
        for column in zip(*lines, strict=True)
    ]
    kinds = [' class="word"' if word else "" for word in words]
    head = ""
    if header and lines:
        cells = [html.escape(one) for one in header]
        if sortable:
            cells = [f"<button>{one}</button>" for one in cells]
        cells = "".join(
            f'<th scope="col"{kind}>{one}</th>'
            for one, kind in zip(cells, kinds, strict=True)
        )
        head = f"<thead><tr>{cells}</tr></thead>"
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{kind}>{html.escape(cell)}</td>"
            for cell, kind in zip(line, kinds, strict=True)
        )
        + "</tr>"
        for line in lines
    )
    kind = "wide tall" if sortable else "wide"
    return (
        f'<div class="{kind}"><table>{head}<tbody>{rows}</tbody></table></div>'
    )


def _number(text):
    """Whether a cell stands right: a number, perhaps with its std; nothing."""
    try:
        float(text.partition(" ")[0] or 0)
    except ValueError:
        return False
    return True
