"""The figures of a run: confusions, per-class accuracy, prototypes.

Every function returns a matplotlib Figure, made without pyplot, so that no
display and no global state is involved. `png` and `pixels` turn one into a
file or into an image for TensorBoard.
"""

import io
import warnings

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import PowerNorm, to_rgb
from matplotlib.figure import Figure
from matplotlib.image import imsave

from aspn_tf.data import harmless
from aspn_tf.evaluation import metrics

DPI = 100
LONGEST_NAME = 26
NAMED_CLASSES = 100
ANNOTATED_CLASSES = 20
SEEN, UNSEEN = "#9aa5b1", "#d1495b"
LISTED_CONFUSIONS = 20
SHOWN_CLASSES = 50


def confusion(counts, class_names, title):
    """Rows are true classes, colours the share of each row.

    Up to 20 classes every cell carries its percentage; beyond that the most
    frequent confusions are listed beside the matrix. Up to 100 classes every
    row and column carries its name; beyond that one in k, as the picture says
    itself.

    Args:
      counts: int (k, k); rows true, columns predicted.
      class_names: k names.
      title: what stands above.
    """
    size = len(class_names)
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    annotated = size <= ANNOTATED_CLASSES
    side = 3.2 + float(np.clip(0.28 * size, 3.0, 12.0))
    if annotated:
        figure = new_figure(side + 0.8, side)
        axes = figure.add_subplot()
    else:
        figure = new_figure(side + 4.0, side)
        axes, margin = figure.subplots(1, 2, width_ratios=[side + 0.8, 3.2])
        _list_confusions(margin, shares, class_names)
    image = axes.imshow(
        shares, cmap="Blues", norm=PowerNorm(0.5, 0.0, 1.0), aspect="auto"
    )
    bar = figure.colorbar(image, ax=axes, fraction=0.04, pad=0.02)
    bar.set_label("share of the true class (colours by its root)")
    step = _label_step(size)
    ticks = np.arange(0, size, step)
    names = [_short(class_names[i]) for i in ticks]
    font = _font(size)
    axes.set_xticks(ticks, names, rotation=90, fontsize=font)
    axes.set_yticks(ticks, names, fontsize=font)
    axes.set_xlabel("recognised as" + _thinned(step, size))
    axes.set_ylabel("true class")
    correct = 100.0 * np.diag(shares)[totals[:, 0] > 0].mean()
    axes.set_title(f"{title}\nper-class average {correct:.1f}%", fontsize=11)
    if annotated:
        _annotate(axes, shares)
    return figure


def per_class(rates, unseen_names, title):
    """One bar a class, sorted, seen and unseen classes in two colours.

    Args:
      rates: dict of class name to percent.
      unseen_names: those of them that are unseen.
      title: what stands above.
    """
    ordered = sorted(rates, key=lambda name: (-rates[name], name))
    unseen = set(unseen_names)
    size = len(ordered)
    figure = new_figure(float(np.clip(2.5 + 0.22 * size, 6.0, 17.0)), 5.0)
    axes = figure.add_subplot()
    for label, colour, members in (
        ("unseen", UNSEEN, [name in unseen for name in ordered]),
        ("seen", SEEN, [name not in unseen for name in ordered]),
    ):
        places = np.flatnonzero(members)
        if len(places):
            heights = [rates[ordered[i]] for i in places]
            mean = np.mean(heights)
            axes.bar(
                places,
                heights,
                color=colour,
                width=0.8,
                label=f"{label}, mean {mean:.1f}%",
            )
            axes.axhline(mean, color=colour, linewidth=1.0, linestyle="--")
    step = _label_step(size)
    ticks = np.arange(0, size, step)
    axes.set_xticks(
        ticks,
        [_short(ordered[i]) for i in ticks],
        rotation=90,
        fontsize=_font(size),
    )
    axes.set_xlim(-0.8, size - 0.2)
    axes.set_ylim(0.0, 100.0)
    axes.set_xlabel("class" + _thinned(step, size))
    axes.set_ylabel("top-1 accuracy in %")
    axes.set_title(title, fontsize=11)
    axes.legend(loc="upper right", framealpha=0.9)
    return figure


def image_prototypes(prototypes, examples, class_names, shape):
    """Generated prototypes above real images of their classes.

    Larger is darker, as ink is; every image by its own extremes. Of more than
    50 classes the first 50 are shown, as the picture says itself.

    Args:
      prototypes: (k, d), images of `shape`.
      examples: k arrays (m, d) of real images of each class.
      class_names: k names.
      shape: (height, width), d of them.
    """
    size = min(len(class_names), SHOWN_CLASSES)
    depth = 1 + max(len(one) for one in examples[:size])
    columns, bands = min(size, 10), -(-size // 10)
    ratio = float(np.clip(shape[0] / shape[1], 0.4, 2.0))
    figure = new_figure(
        1.15 * columns + 0.9, (1.1 * ratio * depth + 0.6) * bands + 0.3
    )
    grid = figure.subplots(bands, 1, squeeze=False)[:, 0]
    for band, axes in enumerate(grid):
        shown = range(10 * band, min(size, 10 * band + 10))
        height, width = shape[0] + 4, shape[1] + 4  # an edge, a gap
        sheet = np.ones((depth * height, columns * width, 3))
        for column, number in enumerate(shown):
            for row, image in enumerate(
                [prototypes[number], *examples[number]]
            ):
                edge = UNSEEN if row == 0 else SEEN
                sheet[
                    row * height : (row + 1) * height,
                    column * width : (column + 1) * width,
                ] = _framed(np.reshape(image, shape), to_rgb(edge))
        axes.imshow(sheet, aspect="auto", interpolation="nearest")
        names = [_short(class_names[number]) for number in shown]
        places = (np.arange(len(names)) + 0.5) * width
        axes.set_xticks(places, names, fontsize=11)
        rows = ["made", *["real"] * (depth - 1)]
        axes.set_yticks((np.arange(depth) + 0.5) * height, rows, fontsize=9)
        axes.tick_params(length=0, top=False, labeltop=True, labelbottom=False)
        axes.spines[:].set_visible(False)
    if size < len(class_names):
        figure.suptitle(f"the first {size} of {len(class_names)} classes")
    return figure


def png(figure):
    """The figure as the bytes of a PNG file."""
    buffer = io.BytesIO()
    # Not `savefig`, which draws a figure twice.
    imsave(buffer, pixels(figure), format="png")
    return buffer.getvalue()


def pixels(figure):
    """The figure as uint8 (height, width, 3), for an image summary."""
    canvas = FigureCanvasAgg(figure)
    with warnings.catch_warnings():  # a box is drawn, which anyone sees
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def new_figure(width, height):
    """An empty figure of a size in inches, drawn without a display."""
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _framed(image, colour):
    """An image in a frame of one pixel and a white gap, (h + 4, w + 4, 3)."""
    low, high = image.min(), image.max()
    ink = (image - low) / (high - low if high > low else 1.0)
    grey = np.repeat((1.0 - ink)[..., None], 3, axis=-1)
    frame = np.ones((image.shape[0] + 4, image.shape[1] + 4, 3))
    frame[1:-1, 1:-1] = colour
    frame[2:-2, 2:-2] = grey
    return frame


def _font(size):
    return 9 if size <= ANNOTATED_CLASSES else 7 if size <= 60 else 6.5


def _label_step(size):
    return -(-size // NAMED_CLASSES)


def _thinned(step, size):
    if step == 1:
        return ""
    return f" ({size} classes; one name in {step} is shown)"


def _short(name):
    name = harmless.line(name).replace("_", " ").replace("+", " ")
    if len(name) > LONGEST_NAME:
        name = name[: LONGEST_NAME - 1] + "…"
    return name.replace("$", r"\$")  # which would begin a formula


def _annotate(axes, shares):
    for row, column in zip(*np.nonzero(shares >= 0.005), strict=True):
        share = shares[row, column]
        axes.text(
            column,
            row,
            f"{100.0 * share:.0f}",
            ha="center",
            va="center",
            fontsize=8,
            color="white" if share > 0.5 else "black",
        )


def _list_confusions(axes, shares, class_names):
    """Fills empty `axes` with the largest shares off the diagonal."""
    lines = [
        f"{100.0 * shares[row, column]:3.0f}%  {_short(class_names[row])}\n"
        f"          as {_short(class_names[column])}"
        for row, column in metrics.worst_confusions(shares, LISTED_CONFUSIONS)
    ]
    axes.set_axis_off()
    axes.text(
        0.0,
        1.0,
        "\n".join(["Most frequent confusions", "", *lines]),
        fontsize=9,
        va="top",
    )
