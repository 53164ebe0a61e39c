"""report.html: whole, safe and readable without a network."""

import dataclasses
import html.parser
import json
import re

import numpy as np
import pytest
import toy

from aspn_tf.config import Config
from aspn_tf.runs import page, report, run
from aspn_tf.runs.charts import history

HOSTILE = "<script>alert('x')</script> & \"co\""


class Reader(html.parser.HTMLParser):
    """Tags that stand open, the text, and what is loaded from elsewhere."""

    VOID = ("meta", "img", "br")

    def __init__(self, text):
        super().__init__()
        self.open, self.sources, self.cells, self.scripts = [], [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.scripts += tag == "script"
        self.sources += [v for k, v in attributes if k in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "td":
            self.cells.append(data)


@pytest.fixture
def ran(monkeypatch, tiny, tmp_path):
    """Runs a toy on ten classes, one of them of a hostile name."""
    toy.register(monkeypatch)
    names = ("a,b=1", *tiny.class_names[1:9], HOSTILE)
    hostile = dataclasses.replace(tiny, class_names=names, notes=(HOSTILE,))
    monkeypatch.setattr(run, "loaded", lambda config: hostile)

    def ran(**changes):
        place = tmp_path / "run"
        run.run(Config(method="toy", run_dir=str(place), **changes))
        return place

    return ran


@pytest.mark.slow
def test_the_page_is_whole_and_needs_nothing_from_elsewhere(ran, capsys):
    place = ran()
    text = (place / page.FILE).read_text()
    read = Reader(text)
    assert read.open == [] and read.scripts == 1
    assert len(read.sources) == 5  # four pictures and the curves of training
    assert all(one.startswith("data:image/png;base64,") for one in read.sources)
    assert not re.search(r"https?://", text)
    assert str(place / page.FILE) in capsys.readouterr().out


@pytest.mark.slow
def test_names_of_classes_are_no_markup(ran):
    text = (ran() / page.FILE).read_text()
    assert HOSTILE not in text
    assert HOSTILE in Reader(text).cells


@pytest.mark.slow
def test_it_tells_what_results_json_tells(ran):
    place = ran()
    cells = Reader((place / page.FILE).read_text()).cells
    content = json.loads((place / "results.json").read_text())
    start = cells.index("calibrated")
    rates = [f"{content[name]:.1f}" for name in report.MEASURES]
    assert cells[start + 1 : start + 6] == rates
    rows = {tuple(cells[k : k + 3]) for k in range(len(cells))}
    for kind, measure in (("unseen", "u"), ("seen", "s")):
        for name, rate in content["per_class"][measure].items():
            assert (name, kind, f"{rate:.1f}") in rows


@pytest.mark.slow
def test_several_seeds_have_a_page_with_links_to_theirs(ran):
    place = ran(seeds=2)
    read = Reader((place / page.FILE).read_text())
    assert read.sources == ["seed0/report.html", "seed1/report.html"]
    assert all((place / one).is_file() for one in read.sources)
    assert any("±" in cell for cell in read.cells)


def test_confusions_are_counted_once_and_the_worst_come_first(tiny):
    counts = np.diag([5] * 10)
    counts[2, 3], counts[8, 1] = 4, 7
    measured = type("Measured", (), {"confusion_all": counts})
    cells = Reader(page._confusions(measured, tiny)).cells
    assert cells == [
        *("i", "b", "unseen", "7", "58.3"),
        *("c", "d", "seen", "4", "44.4"),
    ]


def test_of_very_many_classes_no_confusions_are_listed(tiny):
    measured = type("Measured", (), {"confusion_all": None})
    assert "too many classes" in page._confusions(measured, tiny)


def test_nothing_trained_has_no_curves():
    state = {"phase": "validation", "step": 1, "logs": {}, "measures": None}
    assert history([state]) is None
    assert history([]) is None
