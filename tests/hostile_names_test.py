"""Names of classes from a file are names, wherever they come out."""

import csv
import dataclasses
import html.parser
import json
import re

import numpy as np
import pytest
import tensorflow as tf
import toy
from fastapi.testclient import TestClient
from markdown import markdown
from tensorboard.backend.event_processing import event_accumulator

import aspn_tf
from aspn_tf import command
from aspn_tf.config import Config
from aspn_tf.data import harmless
from aspn_tf.errors import InputError
from aspn_tf.runs import figures, page, run
from aspn_tf.serving import answers, predicting
from aspn_tf.web import app

NAMES = (
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "../../escaped",
    "a\x1b[2Jb\x07\x7f",
    "two\nlines\r\n\tand a tab",
    "long" * 2000,
    'a "quoted", name',
    r"$\frac{1}$ \n",
    "\U0001f98a|\u200d[x](javascript:alert(1))",
    "right\u202eto left",
)
TAG = re.compile(r"<(script|img|a)\b", re.I)
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202e]")


class Cells(html.parser.HTMLParser):
    """The text of every cell of a page's tables, and its tags."""

    def __init__(self, text):
        super().__init__()
        self.cells, self.tags = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data):
        if self.tags and self.tags[-1] == "td" and self.cells:
            self.cells[-1] += data


@pytest.fixture(scope="module")
def ran(tiny, tmp_path_factory):
    """A place of its own, with the directory `run` of a toy's run in it."""
    place = tmp_path_factory.mktemp("place") / "deep" / "within"
    place.mkdir(parents=True)
    named = dataclasses.replace(
        tiny, name=NAMES[1], class_names=NAMES, notes=NAMES[:3] + NAMES[8:9]
    )
    with pytest.MonkeyPatch.context() as patch:
        toy.register(patch)
        patch.setattr(run, "loaded", lambda config: named)
        run.run(Config(method="toy", run_dir=str(place / "run")))
    return place


@pytest.fixture(scope="module")
def rows(tiny, tmp_path_factory):
    file = tmp_path_factory.mktemp("rows") / "rows.npy"
    np.save(file, tiny.test_unseen.features)
    return file


def test_no_name_is_a_path(ran):
    assert [path.name for path in ran.iterdir()] == ["run"]
    assert [path.name for path in ran.parent.iterdir()] == ["within"]
    for path in (ran / "run").rglob("*"):
        name = path.relative_to(ran).as_posix()
        assert not any(one[:8] in name for one in NAMES), name


def test_results_and_the_model_have_the_names_as_they_are(ran):
    content = json.loads((ran / "run/results.json").read_text())
    measured = {*content["per_class"]["u"], *content["per_class"]["s"]}
    assert measured == set(NAMES)
    assert list(aspn_tf.load(ran / "run/model").classes) == list(NAMES)


def test_the_report_shows_them_as_text(ran):
    text = (ran / "run" / page.FILE).read_text()
    read = Cells(text)
    assert read.tags.count("script") == 1 and "a" not in read.tags
    assert NAMES[1] not in text
    assert {NAMES[0], NAMES[1], NAMES[6]} <= set(read.cells)


def test_texts_of_tensorboard_are_no_markup(ran):
    found = event_accumulator.EventAccumulator(str(ran / "run")).Reload()
    for tag in ("config", "data"):
        (text,) = found.Tensors(tag)
        text = tf.make_ndarray(text.tensor_proto).item().decode()
        made = markdown(text, extensions=["markdown.extensions.tables"])
        assert not TAG.search(made)
        assert not STEERING.search(text)


def test_the_projector_has_a_line_a_row(ran):
    place = ran / "run/projector"
    lines = (place / "metadata.tsv").read_text().split("\n")
    count = len((place / "tensors.tsv").read_text().splitlines())
    assert len(lines) == count + 2  # a header; the end
    assert {line.count("\t") for line in lines[:-1]} == {2}


def test_a_picture_has_no_formula_and_nothing_that_steers():
    counts = np.eye(len(NAMES), dtype=int)
    figure = figures.confusion(counts, NAMES, "a title")
    figures.pixels(figure)
    labels = [one.get_text() for one in figure.axes[0].get_yticklabels()]
    assert labels[7] == r"\$\frac{1}\$ \n"  # drawn without the first strokes
    assert not any(map(STEERING.search, labels))
    assert max(map(len, labels)) <= figures.LONGEST_NAME + 2


@pytest.mark.parametrize("escaped", [True, False])
def test_answers_as_csv(ran, rows, tmp_path, escaped):
    place = tmp_path / "a.csv"
    model = str(ran / "run/model")
    predicting.predict(
        *(model, str(rows), "", "", str(place), len(NAMES), 64),
        escape_formulas=escaped,
    )
    with place.open(newline="") as file:
        _, *lines = csv.reader(file)
    assert len(lines) == len(np.load(rows))
    wanted = {f"'{NAMES[0]}", *NAMES[1:]} if escaped else set(NAMES)
    assert all(set(line[1::2]) == wanted for line in lines)


def test_answers_as_json_lines(ran, rows, tmp_path):
    place = tmp_path / "a.jsonl"
    model = str(ran / "run/model")
    predicting.predict(model, str(rows), "", "", str(place), len(NAMES), 64)
    lines = [json.loads(line) for line in place.read_text().split("\n")[:-1]]
    assert all(set(line["classes"]) == set(NAMES) for line in lines)
    with pytest.raises(InputError, match="ends in .csv"):
        answers.Writer(tmp_path / "b.jsonl", NAMES, escape_formulas=True)


@pytest.mark.parametrize("first", list("=+-@\t\r"))
def test_what_a_spreadsheet_computes_is_escaped(tmp_path, first):
    place = tmp_path / "a.csv"
    name = f"{first}1+1"
    with answers.Writer(place, [name], escape_formulas=True) as writer:
        writer.write(np.zeros((1, 1), int), np.ones((1, 1), np.float32), [name])
    with place.open(newline="") as file:
        _, line = csv.reader(file)
    assert line == ["0", f"'{name}", f"'{name}", "1.0"]


def test_the_server_answers_with_json(ran, rows):
    served = app.make(aspn_tf.load(ran / "run/model"))
    with TestClient(served) as client:
        for answer in (
            client.get("/classes"),
            client.post(
                "/classify",
                json={"features": np.load(rows).tolist(), "top_k": len(NAMES)},
            ),
        ):
            assert answer.headers["content-type"] == "application/json"
            shown = answer.json()
            shown = shown.get("classes") or shown["answers"][0]["classes"]
            assert {one["name"] for one in shown} == set(NAMES)
        assert not TAG.search(client.get("/metrics").text)
        # The page writes names as text alone.
        assert "innerHTML" not in client.get("/").text


def test_a_sentence_on_a_terminal_is_one_line(capsys):
    for name in NAMES:
        with pytest.raises(SystemExit):
            command._fail(InputError(f"Received: {name}"))
        told = capsys.readouterr().err
        assert told.count("\n") == 1 and not STEERING.search(told[:-1])


def test_what_is_no_danger_stays():
    kept = "Großer Panda, 大熊猫, پاندا\u200cها, a_b, 50 %"
    assert harmless.line(kept) == kept
    assert harmless.markdown(kept) == kept
    assert harmless.cells([kept, "a=b"]) == [kept, "a=b"]
