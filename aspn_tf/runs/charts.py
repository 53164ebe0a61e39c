"""Charts: the seen-unseen curve of a run; cost and bars of a study.

Every function returns a matplotlib Figure, as those of
`aspn_tf.runs.figures` do. Rows are those of `aspn_tf.runs.study`; one without
a seed that was done is left out.
"""

import numpy as np
from matplotlib.ticker import MaxNLocator

from aspn_tf.runs.figures import new_figure
from aspn_tf.runs.report import RATES

GRID = 1001  # points of u that curves are averaged at
# What tells rows of one colour apart: a dash, and its marker.
MARKERS = {"-": "s", "--": "^", ":": "D"}
COLOURS = ("#3b6ea5", "#d1495b", "#9aa5b1", "#2f4b3a")


def seen_unseen_curve(curve, area, calibrated):
    """A run's s against u over all calibrations, and the points reported.

    Args:
      curve: an `aspn_tf.evaluation.curve.Curve`.
      area: under it, in percent.
      calibrated: (u, s) with calibration.
    """
    figure = new_figure(5.5, 5.0)
    axes = figure.add_subplot()
    axes.plot(curve.u, curve.s, color=COLOURS[0])
    axes.fill_between(curve.u, curve.s, color=COLOURS[0], alpha=0.12)
    for label, (u, s), marker in (
        ("uncalibrated", curve.plain, "o"),
        ("calibrated", calibrated, "s"),
    ):
        axes.plot(
            u, s, marker, color=COLOURS[1], label=f"{label} {u:.1f}, {s:.1f}"
        )
    axes.set_xlim(0.0, 100.0)
    axes.set_ylim(0.0, 100.0)
    axes.set_xlabel("u in %")
    axes.set_ylabel("s in %")
    axes.set_title(f"AUSUC {area:.1f}: all calibrations", fontsize=11)
    axes.legend(loc="lower left")
    return figure


def history(states):
    """T and H, and the objective, by state; None where nothing was trained.

    Args:
      states: list of dicts of `aspn_tf.runs.monitor.Monitor.history`.
    """
    chosen = [one for one in states if one["measures"]]
    losses = [one for one in states if "objective" in one["logs"]]
    if len(chosen) < 2 and len(losses) < 2:
        return None
    figure = new_figure(9.0, 3.6)
    left, right = figure.subplots(1, 2)
    for name, colour in zip("TH", COLOURS, strict=False):
        points = [(one["step"], one["measures"][name]) for one in chosen]
        left.plot(*zip(*points), "o-", color=colour, label=name)
    left.set_title("where the state was chosen, in %", fontsize=11)
    left.legend()
    for phase in dict.fromkeys(one["phase"] for one in losses):
        points = [
            (one["step"], one["logs"]["objective"])
            for one in losses
            if one["phase"] == phase
        ]
        right.plot(*zip(*points), "o-", label=phase)
    right.set_title("objective", fontsize=11)
    if losses:
        right.legend()
    for axes in (left, right):
        axes.set_xlabel("state")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def seen_unseen_curves(rows, curves, title):
    """The curves of all rows of a study, the largest area first.

    Args:
      rows: list of dicts of `study.row`.
      curves: dict of slug to a list over seeds of (u, s), arrays in percent;
        drawn is the mean of s over seeds.
      title: what stands above.
    """
    figure = new_figure(8.5, 5.5)
    axes = figure.add_subplot()
    grid = np.linspace(0.0, 100.0, GRID)
    styles = _styles(rows)
    for row in sorted(_done(rows), key=lambda row: -row["AUSUC"]):
        found = curves[row["variant"]]
        s = np.mean([np.interp(grid, *one, right=0.0) for one in found], 0)
        axes.plot(
            grid[s > 0.0],
            s[s > 0.0],
            label=f"{row['title']} {row['AUSUC']:.1f}",
            linewidth=1.2,
            **styles[row["variant"]],
        )
    axes.set_xlim(left=0.0)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("u in %")
    axes.set_ylabel("s in %")
    axes.set_title(title, fontsize=11)
    _legend_beside(axes, "AUSUC")
    return figure


def accuracy_against_cost(rows):
    """A scatter of H (and, fainter, T) against the seconds of training.

    Args:
      rows: list of dicts of `study.row`.
    """
    figure = new_figure(8.5, 5.5)
    axes = figure.add_subplot()
    styles = _styles(rows)
    for row in _done(rows):
        colour = styles[row["variant"]]["color"]
        shape = MARKERS[styles[row["variant"]]["linestyle"]]
        cost, t, h = row["seconds"]["training"], row["T"], row["H"]
        axes.plot([cost, cost], [t, h], color=colour, linewidth=0.8)
        axes.scatter(cost, t, color=colour, marker="o", alpha=0.4)
        axes.scatter(cost, h, color=colour, marker=shape, label=row["title"])
    axes.set_xscale("log")
    axes.margins(x=0.15, y=0.12)
    axes.set_xlabel("seconds of training, after selection")
    axes.set_ylabel("accuracy in %: H, and a faint disc for T")
    axes.grid(alpha=0.3, which="major")
    _legend_beside(axes)
    return figure


def variants(rows, title):
    """Grouped bars of T, u, s, H with their std: the paper's Fig. 3a, b.

    Args:
      rows: list of dicts of `study.row`.
      title: what stands above.
    """
    rows = _done(rows)
    figure = new_figure(max(6.5, 1.5 + 1.25 * len(rows)), 4.8)
    axes = figure.add_subplot()
    places = np.arange(len(rows))
    for index, measure in enumerate(RATES):
        bars = axes.bar(
            places + 0.2 * (index - 1.5),
            [row[measure] for row in rows],
            0.19,
            yerr=[(row["std"] or {}).get(measure, 0.0) for row in rows],
            capsize=2,
            color=COLOURS[index],
            label=measure,
            error_kw={"linewidth": 0.8},
        )
        axes.bar_label(bars, fmt="%.1f", fontsize=7, padding=2, rotation=90)
    axes.set_xticks(
        places, [row["title"] for row in rows], rotation=20, ha="right"
    )
    highest = max(row[measure] for row in rows for measure in RATES)
    axes.set_ylim(0.0, 1.2 * max(highest, 1.0))  # room for the labels
    axes.set_ylabel("%, mean ± std over seeds")
    axes.set_title(title, fontsize=11)
    axes.legend(ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.25))
    return figure


def _styles(rows):
    """A colour, and a dash once those are used up, by slug."""
    return {
        row["variant"]: {
            "color": f"C{index % 10}",
            "linestyle": list(MARKERS)[index // 10 % len(MARKERS)],
        }
        for index, row in enumerate(rows)
    }


def _legend_beside(axes, title=None):
    axes.legend(
        loc="center left", bbox_to_anchor=(1.01, 0.5), title=title, fontsize=8
    )


def _done(rows):
    return [row for row in rows if row["seeds"]]
