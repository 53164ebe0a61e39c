"""Draws model.png: the paper's model as it is built in aspn_tf/model.

    PYTHONPATH=. python benchmarks/model_figure.py

Semantic space is at the left, visual space at the right; the generator leads
over the top from one to the other, the decoder back below. Solid arrows are
the first use of a network, dashed ones the second, for the cycles of Eq. 3.
"""

import pathlib

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from aspn_tf.runs.directory import write_bytes
from aspn_tf.runs.figures import DPI, new_figure, png

FILE = pathlib.Path(__file__).with_name("model.png")
WIDTH, HEIGHT = 1200, 740  # pixels, which all places below are in
NETWORK = {"facecolor": "#dce8f5", "edgecolor": "#3b6ea5"}
ATTENTION = {"facecolor": "#f9e4e7", "edgecolor": "#d1495b"}
VECTOR = {"facecolor": "#eef0f2", "edgecolor": "#68737d"}
LOSS = {"facecolor": "#e4f0e6", "edgecolor": "#2f6b45"}
INK = "#1b1f23"
SIZE, SMALL = 13, 11.5  # of letters, in points


def draw():
    """The matplotlib Figure."""
    figure = new_figure(WIDTH / DPI, HEIGHT / DPI)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(0, HEIGHT)
    axes.set_axis_off()
    _headings(axes)
    _forth(axes)
    _back(axes)
    _judges(axes)
    _losses(axes)
    return figure


def _headings(axes):
    for x, words in (
        (95, "semantic space"),
        (905, "visual space"),
        (1105, "judges"),
    ):
        _text(axes, x, 718, words, size=SMALL, style="italic")


def _forth(axes):
    """From semantics to features: generator and attention."""
    _box(axes, (20, 612, 150, 76), VECTOR, r"noise $z$", r"$\sim N(0, 1)$")
    _box(axes, (20, 512, 150, 76), VECTOR, r"semantics $s$", "of the class")
    _box(
        axes,
        (230, 532, 200, 136),
        NETWORK,
        r"Generator $E_\theta$",
        "Dense 1,800, ReLU",
        r"Dense $d$",
    )
    _box(
        axes,
        (515, 522, 275, 156),
        ATTENTION,
        "CategoryAttention",
        r"$W =$ row softmax of",
        r"$f(\hat{x})\,g(\hat{x})^T$   (5)",
        r"$o = \alpha W \hat{x} + (1 - \alpha)\,\hat{x}$   (6)",
    )
    _box(axes, (845, 562, 120, 76), VECTOR, r"made $o$")
    _arrow(axes, (170, 650), (230, 620))
    _arrow(axes, (170, 550), (230, 580))
    _arrow(axes, (430, 600), (515, 600))
    _text(axes, 472, 618, r"$\hat{x}$")
    _arrow(axes, (790, 600), (845, 600))


def _back(axes):
    """From features to semantics: the decoder, and the cycles."""
    _box(axes, (845, 112, 120, 76), VECTOR, r"real $x$")
    _box(
        axes,
        (400, 82, 220, 136),
        NETWORK,
        r"Decoder $D_\mu$",
        "Dense 1,800, ReLU",
        r"Dense $q + n_z$",
    )
    _box(axes, (20, 112, 150, 76), VECTOR, r"inferred $\hat{s}, \hat{z}$")
    _arrow(axes, (845, 150), (620, 150))
    _arrow(axes, (400, 150), (170, 150))
    dashed = {"linestyle": (0, (5, 3)), "color": LOSS["edgecolor"]}
    # s^, z^ to the generator, and o to the decoder; each result to L_pre.
    _arrow(axes, (150, 188), (275, 532), **dashed)
    _arrow(axes, (385, 532), (420, 430), **dashed)
    _text(axes, 362, 478, r"$E(\hat{s}, \hat{z})$", size=SMALL)
    _arrow(axes, (870, 562), (590, 218), **dashed)
    _arrow(axes, (480, 218), (455, 320), **dashed)
    _text(axes, 428, 262, r"$D(o)$", size=SMALL)


def _judges(axes):
    """Critic and prototypes: both see made features and real ones."""
    _line(axes, (965, 600), (1000, 600), (1000, 150), (965, 150))
    _box(
        axes,
        (1035, 505, 150, 150),
        NETWORK,
        r"Critic $D_\varphi$",
        r"given $s$ too",
        "Dense 1,800,",
        "ReLU, Dense 1",
    )
    _box(
        axes,
        (1035, 225, 150, 150),
        NETWORK,
        "Prototypes",
        r"$E_\theta(s_k, 0)$ of",
        "every class, and",
        r"softmax of $x^T\!E$",
    )
    _arrow(axes, (1000, 580), (1035, 580))
    _arrow(axes, (1000, 300), (1035, 300))
    _arrow(axes, (1110, 505), (1110, 472))
    _arrow(axes, (1110, 225), (1110, 192))


def _losses(axes):
    _box(axes, (20, 318, 150, 90), LOSS, r"$L_S$   (2)", r"$\|s - \hat{s}\|^2$")
    _box(
        axes,
        (345, 320, 260, 110),
        LOSS,
        r"$L_{pre}$   (3)",
        r"$\|s - D(o)\|^2$",
        r"$+\;\|x - E(\hat{s}, \hat{z})\|^2$",
    )
    _box(axes, (830, 330, 150, 90), LOSS, r"$L_V$   (1)", r"$\|x - o\|^2$")
    _box(
        axes,
        (1035, 402, 150, 70),
        LOSS,
        r"$L_D$   (4)",
        r"raised by $D_\varphi$",
    )
    _box(axes, (1035, 122, 150, 70), LOSS, r"$L_{cls}$   (7, 8)")
    for x, top, above, below in ((60, 512, 408, 318), (905, 562, 420, 330)):
        _arrow(axes, (x, top), (x, above))
        _arrow(axes, (x, 188), (x, below))
    _text(
        axes,
        600,
        32,
        r"$L_{Obj} = L_V + L_S + L_{pre} + L_D + \vartheta\,L_{cls}$   (9)",
        size=15,
    )


def _box(axes, place, look, title, *lines):
    """A box at (left, bottom, width, height) with a title and lines in it."""
    left, bottom, width, height = place
    axes.add_patch(
        FancyBboxPatch(
            (left + 6, bottom + 6),
            width - 12,
            height - 12,
            boxstyle="round,pad=6,rounding_size=8",
            linewidth=1.6,
            **look,
        )
    )
    step = 26
    top = bottom + height / 2 + step * len(lines) / 2
    _text(axes, left + width / 2, top, title, weight="bold")
    for number, line in enumerate(lines, 1):
        _text(axes, left + width / 2, top - step * number, line, size=SMALL)


def _text(axes, x, y, words, size=SIZE, **look):
    axes.text(
        x, y, words, size=size, color=INK, ha="center", va="center", **look
    )


def _arrow(axes, start, end, color=INK, linestyle="-"):
    axes.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=15,
            linewidth=1.5,
            color=color,
            linestyle=linestyle,
            shrinkA=0,
            shrinkB=1,
        )
    )


def _line(axes, *places):
    axes.plot(*zip(*places, strict=True), color=INK, linewidth=1.5)


if __name__ == "__main__":
    write_bytes(FILE, png(draw()))
    print(FILE)
