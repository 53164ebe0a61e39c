"""What the pictures show, and that it fits."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from aspn_tf.evaluation.curve import Curve
from aspn_tf.runs import charts, figures


def confusion_of(size):
    counts = np.eye(size, dtype=int) * 8
    counts[0, -1] = 2
    names = [f"class+{i}" for i in range(size)]
    return figures.confusion(counts, names, "a title")


def text_of(labels):
    return [label.get_text() for label in labels]


def labels_of(figure):
    return text_of(figure.axes[0].get_yticklabels())


def texts_of(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


@pytest.mark.parametrize("size", [10, 20])
def test_small_confusions_carry_their_percentages(size):
    figure = confusion_of(size)
    texts = texts_of(figure)
    assert len(texts) == size + 1
    assert {"80", "20", "100"} == set(texts)


@pytest.mark.parametrize("size", [10, 20, 100])
def test_up_to_a_hundred_classes_each_is_named(size):
    figure = confusion_of(size)
    assert labels_of(figure) == [f"class {i}" for i in range(size)]
    assert figure.axes[0].get_xlabel() == "recognised as"


def test_two_hundred_classes_are_thinned_and_it_says_so():
    figure = confusion_of(200)
    assert labels_of(figure) == [f"class {i}" for i in range(0, 200, 2)]
    assert "200 classes; one name in 2" in figure.axes[0].get_xlabel()


def test_large_confusions_list_the_most_frequent():
    (text,) = texts_of(confusion_of(100))
    assert "20%  class 0" in text
    assert "as class 99" in text


def test_title_has_the_per_class_average_of_classes_with_examples():
    counts = np.array([[1, 1, 0], [0, 4, 0], [0, 0, 0]])
    figure = figures.confusion(counts, ["a", "b", "c"], "unseen")
    assert figure.axes[0].get_title() == "unseen\nper-class average 75.0%"


@pytest.mark.slow
@pytest.mark.parametrize("size", [10, 100, 200])
def test_adjacent_row_labels_do_not_overlap(size):
    figure = confusion_of(size)
    figures.pixels(figure)
    boxes = [
        label.get_window_extent() for label in figure.axes[0].get_yticklabels()
    ]
    gaps = [abs(a.y0 - b.y0) for a, b in zip(boxes, boxes[1:], strict=False)]
    assert min(gaps) >= 0.8 * max(box.height for box in boxes)


@pytest.mark.slow
@pytest.mark.parametrize("size", [10, 20, 100, 200])
def test_nothing_reaches_beyond_the_picture(size):
    figure = confusion_of(size)
    figures.pixels(figure)
    width, height = figure.bbox.size
    box = figure.get_tightbbox().padded(0.0)
    inches = figure.get_dpi()
    assert box.x0 >= 0 and box.y0 >= 0
    assert box.x1 * inches <= width and box.y1 * inches <= height


def test_bars_are_sorted_and_coloured_by_kind():
    figure = figures.per_class({"a": 10.0, "b": 90.0, "c": 50.0}, ["c"], "bars")
    unseen, seen = figure.axes[0].containers
    assert [bar.get_height() for bar in unseen] == [50.0]
    assert [bar.get_height() for bar in seen] == [90.0, 10.0]
    ticks = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert ticks == ["b", "c", "a"]


def test_image_prototypes_stand_above_real_images_of_their_class():
    number = np.zeros((8, 16), np.float32)
    number[:, 8:] = 1.0
    prototypes = np.tile(number.reshape(-1), (12, 1))
    examples = [prototypes[:2]] * 11 + [prototypes[:1]]
    names = [f"{i:02d}" for i in range(12)]
    figure = figures.image_prototypes(prototypes, examples, names, (8, 16))
    first, second = figure.axes
    sheet = first.images[0].get_array()
    # Ten images side by side, three below each other, each in its frame.
    assert sheet.shape == (3 * (8 + 4), 10 * (16 + 4), 3)
    made = sheet[2 : 2 + 8, 2 : 2 + 16]
    assert (made[:, :8] == 1.0).all() and (made[:, 8:] == 0.0).all()
    np.testing.assert_allclose(sheet[1, 1], to_rgb(figures.UNSEEN))
    np.testing.assert_allclose(sheet[12 + 1, 1], to_rgb(figures.SEEN))
    # The second class of the second band has no second example: white.
    rest = second.images[0].get_array()
    assert (rest[2 * 12 :, 20:] == 1.0).all()
    assert not (rest[2 * 12 :, :20] == 1.0).all()
    assert text_of(first.get_xticklabels()) == names[:10]
    assert text_of(second.get_xticklabels()) == names[10:]
    assert text_of(first.get_yticklabels()) == ["made", "real", "real"]


def test_many_image_prototypes_are_cut_short_and_it_says_so():
    prototypes = np.zeros((60, 6), np.float32)
    examples = [prototypes[:1]] * 60
    names = [str(i) for i in range(60)]
    figure = figures.image_prototypes(prototypes, examples, names, (3, 2))
    assert figure.get_suptitle() == "the first 50 of 60 classes"
    shown = [text_of(axes.get_xticklabels()) for axes in figure.axes]
    assert sum(shown, []) == names[:50]


def row(title, std=None, **values):
    return {
        "variant": title.lower(),
        "title": title,
        "seeds": [0],
        "std": std,
        "seconds": {"training": 2.0},
        **{"T": 80.0, "u": 70.0, "s": 60.0, "H": 65.0, **values},
    }


FAILED = {"variant": "failed", "title": "failed", "seeds": []}


def test_scatter_names_every_method_that_was_done():
    rows = [row("ASPN", H=94.0), FAILED, row("SAE", H=88.0)]
    figure = charts.accuracy_against_cost(rows)
    legend = figure.axes[0].get_legend()
    assert [t.get_text() for t in legend.get_texts()] == ["ASPN", "SAE"]
    assert figure.axes[0].get_xscale() == "log"


def test_curves_of_a_study_are_means_over_seeds_and_stand_by_area():
    rows = [row("ASPN", AUSUC=40.0), FAILED, row("SAE", AUSUC=61.0)]
    falling = np.array([[0.0, 50.0, 100.0], [80.0, 60.0, 0.0]])
    short = np.array([[0.0, 50.0], [40.0, 0.0]])
    curves = {"aspn": [falling, short], "failed": [], "sae": [short]}
    figure = charts.seen_unseen_curves(rows, curves, "cub")
    (axes,) = figure.axes
    names = text_of(axes.get_legend().get_texts())
    assert names == ["SAE 61.0", "ASPN 40.0"]
    first, second = (dict(line.get_xydata()) for line in axes.lines)
    assert first[0.0] == 40.0 and first[25.0] == 20.0
    # 0 beyond the end of its own: (60 + 0) / 2 and (30 + 0) / 2.
    assert second[0.0] == 60.0 and second[50.0] == 30.0
    assert second[75.0] == 15.0
    colours = [line.get_color() for line in axes.lines]
    assert len(set(colours)) == 2


def test_many_rows_have_each_a_line_of_its_own():
    rows = [row(f"m{k}", AUSUC=float(k)) for k in range(25)]
    curve = np.array([[0.0, 50.0], [40.0, 0.0]])
    curves = {one["variant"]: [curve] for one in rows}
    (axes,) = charts.seen_unseen_curves(rows, curves, "cub").axes
    styles = {(line.get_color(), line.get_linestyle()) for line in axes.lines}
    assert len(styles) == 25


def test_variants_have_a_bar_for_each_measure():
    spread = {"T": 1.0, "u": 2.0, "s": 0.5, "H": 1.0}
    rows = [row("Baseline", spread), FAILED, row("ASPN")]
    figure = charts.variants(rows, "cub")
    bars = [
        bar.get_height() for bar in figure.axes[0].patches if bar.get_width()
    ]
    assert bars == [80.0, 80.0, 70.0, 70.0, 60.0, 60.0, 65.0, 65.0]
    ticks = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert ticks == ["Baseline", "ASPN"]


def test_the_curve_shows_both_points_and_its_area():
    u, s = np.array([0.0, 50.0, 80.0]), np.array([90.0, 60.0, 0.0])
    curve = Curve(u, s, plain=(10.0, 85.0))
    figure = charts.seen_unseen_curve(curve, 46.54, (50.0, 60.0))
    (axes,) = figure.axes
    assert axes.get_title() == "AUSUC 46.5: all calibrations"
    line, plain, calibrated = axes.lines
    np.testing.assert_array_equal(line.get_xydata(), np.stack([u, s], 1))
    np.testing.assert_array_equal(plain.get_xydata(), [[10.0, 85.0]])
    np.testing.assert_array_equal(calibrated.get_xydata(), [[50.0, 60.0]])
    assert text_of(axes.get_legend().get_texts()) == [
        "uncalibrated 10.0, 85.0",
        "calibrated 50.0, 60.0",
    ]


def test_png_and_pixels_show_the_same_picture():
    figure = confusion_of(10)
    array = figures.pixels(figure)
    assert array.dtype == np.uint8 and array.shape[2] == 3
    assert figures.png(figure).startswith(b"\x89PNG")
    assert array.min() < 100 < array.max()
