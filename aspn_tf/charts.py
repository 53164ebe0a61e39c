"""Charts of many runs: accuracy against cost, and bars for an ablation.

Every function returns a matplotlib Figure, as those of `aspn_tf.plots` do.
"""

import numpy as np

from aspn_tf.plots import new_figure

MEASURES = ("T", "u", "s", "H")
COLOURS = ("#3b6ea5", "#d1495b", "#9aa5b1", "#2f4b3a")


def accuracy_against_cost(rows, cost_label):
    """A scatter of H (and, fainter, T) against what it costs.

    Args:
      rows: (name, cost, T, H) of each method; percents; costs positive.
      cost_label: what the horizontal axis shows, with its unit.
    """
    figure = new_figure(7.5, 5.0)
    axes = figure.add_subplot()
    for index, (name, cost, t, h) in enumerate(rows):
        colour = f"C{index}"
        axes.plot([cost, cost], [t, h], color=colour, linewidth=0.8)
        axes.scatter(cost, t, color=colour, marker="o", alpha=0.4)
        axes.scatter(cost, h, color=colour, marker="s", label=name)
    axes.set_xscale("log")
    axes.margins(x=0.15, y=0.12)
    axes.set_xlabel(cost_label)
    axes.set_ylabel("accuracy in %: square H, disc T")
    axes.grid(alpha=0.3, which="major")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return figure


def variants(table, title):
    """Grouped bars of T, u, s, H with their std: the paper's Fig. 3a, b.

    Args:
      table: dict of variant name to dict of measure to (mean, std), percent.
      title: what stands above.
    """
    figure = new_figure(max(6.5, 1.5 + 1.25 * len(table)), 4.8)
    axes = figure.add_subplot()
    places = np.arange(len(table))
    for index, measure in enumerate(MEASURES):
        means, stds = zip(
            *(row[measure] for row in table.values()), strict=True
        )
        bars = axes.bar(
            places + 0.2 * (index - 1.5),
            means,
            0.19,
            yerr=stds,
            capsize=2,
            color=COLOURS[index],
            label=measure,
            error_kw={"linewidth": 0.8},
        )
        axes.bar_label(bars, fmt="%.1f", fontsize=7, padding=2, rotation=90)
    axes.set_xticks(places, list(table), rotation=20, ha="right")
    highest = max(mean for row in table.values() for mean, _ in row.values())
    axes.set_ylim(0.0, 1.2 * max(highest, 1.0))  # room for the labels
    axes.set_ylabel("%, mean ± std over seeds")
    axes.set_title(title, fontsize=11)
    axes.legend(ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.25))
    return figure
