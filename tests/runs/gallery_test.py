"""The pictures that a run leaves."""

import dataclasses

import numpy as np
import pytest
import toy
from toy import Toy

from aspn_tf.evaluation import metrics, selection
from aspn_tf.evaluation.evaluator import Evaluator
from aspn_tf.methods import registry
from aspn_tf.runs import gallery

ALWAYS = {"confusion_unseen", "confusion_all", "per_class", "seen_unseen_curve"}


class Board:
    """Keeps what a monitor is told."""

    def __init__(self):
        self.pictures, self.rows, self.labels = [], None, None

    def figure(self, name, picture):
        self.pictures.append(name.removeprefix("picture/"))

    def projector(self, name, rows, labels):
        self.rows, self.labels = rows, labels


@pytest.fixture
def show(monkeypatch, tiny, tmp_path):
    """Shows a toy on ten classes; returns the board and the files."""
    toy.register(monkeypatch)

    def show(**changes):
        benchmark = dataclasses.replace(tiny, **changes)
        method = registry.build("toy", benchmark.training())
        for _ in selection.train(method):
            pass
        report = Evaluator(method, benchmark).report()
        board = Board()
        gallery.show(tmp_path, board, method, benchmark, report)
        return board, {path.stem for path in tmp_path.glob("*.png")}

    return show


@pytest.mark.slow
def test_every_picture_is_a_file_and_on_the_board(show):
    board, files = show()
    assert files == set(board.pictures) == ALWAYS


def test_of_very_many_classes_no_confusions_are_drawn(show, monkeypatch):
    monkeypatch.setattr(metrics, "CONFUSED", 9)
    _, files = show()
    assert files == ALWAYS - {"confusion_all"}


@pytest.mark.slow
def test_prototypes_are_drawn_where_a_feature_is_an_image(show):
    _, files = show(image_shape=(3, 2))
    assert files == {*ALWAYS, "prototypes_unseen"}


@pytest.mark.slow
def test_a_method_without_prototypes_has_no_picture_of_them(show, monkeypatch):
    monkeypatch.setattr(Toy, "abilities", lambda self: {})
    board, files = show(image_shape=(3, 2))
    assert files == ALWAYS and board.rows is None


@pytest.mark.slow
def test_the_projector_gets_test_features_and_prototypes(show, tiny):
    board, _ = show()
    count = len(tiny.test_seen.labels) + len(tiny.test_unseen.labels)
    assert board.rows.shape == (count + 10, tiny.feature_width)
    kinds = np.array(board.labels["kind"])
    tasks = np.array(board.labels["task"])
    assert (kinds == "prototype").sum() == tiny.class_count
    assert (tasks[kinds == "prototype"] == "unseen").sum() == len(tiny.unseen)
    assert board.labels["class"][-10:] == list(tiny.class_names)
