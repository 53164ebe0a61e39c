"""What README.md and BUILD.md tell to type is run, or read by its command."""

import contextlib
import importlib
import json
import os
import pathlib
import re
import runpy
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from documents import (
    BLOCKS,
    EXAMPLES,
    PYTHON,
    ROOT,
    TEXTS,
    block,
    called,
    check,
    inline,
    parsed,
    typed,
)
from PIL import Image

from aspn_tf import ZeroShotClassifier
from aspn_tf.config import Config
from aspn_tf.datasets.names import DATASETS
from aspn_tf.errors import InputError
from aspn_tf.methods import registry
from aspn_tf.methods.settings import lines
from aspn_tf.pictures import classes
from aspn_tf.runs import figures
from aspn_tf.web import bodies

NOTEBOOK = ROOT / "benchmarks" / "digit_pairs.ipynb"
# How the blocks begin that `home` runs, beside those of Python.
DIGITS = "python benchmarks/digit_pictures.py"
PREPARE = "python -m aspn_tf.prepare"  # but for the server in it
PREDICT = "python -m aspn_tf.predict --model=runs/numbers/model"
# How all others begin, and why they are not run. What can be told without is
# told: a command parses its flags, and the data are looked at.
NOT_RUN = {
    "@InProceedings": "no code; CITATION.cff says the same",
    "class,description": "no code; it is read",
    "python3.11 -m venv .venv && .venv/bin/pip install -q . ": "installs",
    'python3.11 -m venv .venv && .venv/bin/pip install -q ".[': "this suite",
    "python3.11 -m venv .venv && . .venv": "installs",
    "python -m aspn_tf.main --dataset=awa2\n": "fetches 0.9 GB",
    "python -m aspn_tf.main --dataset=awa2 --": "wants the benchmarks' files",
    "python -m aspn_tf.compare --dataset=cub": "wants the benchmarks' files",
    "python -m aspn_tf.compare --seeds=3\n": "takes an hour and a half",
    "python -m aspn_tf.ablate --dataset=awa1": "wants the benchmarks' files",
    "python -m aspn_tf.ablate --variants": "takes hours",
    "python -m aspn_tf.main --exclude=47": "`home` has one quicker made",
    "python -m aspn_tf.beam_predict --model=runs": "answering_test.py has it",
    "python -m aspn_tf.beam_predict --model=/shared": "wants a cluster",
    "from pyspark": "no code of a shell's; Spark is not installed",
    "export TF_CONFIG": "wants two machines; runs/workers_test.py has two",
    "pip install": "installs; a server never ends",
    "curl": "a server never ends; what is posted is read",
    "mkdir": "wants TensorFlow Serving",
    '{"signature_name"': "wants TensorFlow Serving; its inputs are compared",
    "<manual_dir>": "no code; the folders are those of data sets",
    "ruff": "this suite",
    "aspn_tf/\n": "no code; layout_test.py compares it with the disk",
}
COMMANDS = (
    *("main", "ablate", "compare", "cost", "prepare", "predict", "serve"),
    "beam_predict",
)
PICTURES = 12  # of a class; DIGITS writes ten times as many
NO_CODE = tuple(start for start, why in NOT_RUN.items() if "no code" in why)
TYPED = [
    words
    for kind, text in BLOCKS
    if kind not in ("python", "json") and not text.startswith(NO_CODE)
    for words in typed(text)
] + [words for text in EXAMPLES for words in typed(text)]


def shares(output):
    return [float(one) for one in re.findall(r"^\d+(?:\.\d+)?$", output, re.M)]


@pytest.fixture(scope="module")
def home(tmp_path_factory, digit_pairs):
    """A directory with what the README's commands make, some quicker made."""
    place = tmp_path_factory.mktemp("home")
    names = np.array(digit_pairs.class_names)
    semantics = dict(zip(names, digit_pairs.semantics, strict=True))
    del semantics["47"]
    train = digit_pairs.train
    kept = names[train.labels] != "47"
    labels = names[train.labels][kept]
    model = ZeroShotClassifier("eszsl").fit(
        train.features[kept], labels, semantics
    )
    model.save(place / "model47")
    (digits,), (prepare, main, _) = typed(block(DIGITS)), typed(block(PREPARE))
    with contextlib.chdir(place), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", digits[1:])
        runpy.run_path(str(ROOT / digits[1]), run_name="__main__")
        for folder in pathlib.Path("pictures").iterdir():
            for file in sorted(folder.iterdir())[PICTURES:]:
                file.unlink()
        called(prepare)
        called(main, method="eszsl", data_dir="data", partitions=1)
    return place


@pytest.fixture
def two_cpus(monkeypatch):
    """Ray, where it is installed, on this machine alone."""
    ray = pytest.importorskip("ray")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    ray.init(num_cpus=2, include_dashboard=False)
    yield
    ray.shutdown()


def test_every_block_is_run_or_told_why_not():
    starts = [*NOT_RUN, DIGITS, PREPARE, PREDICT]
    texts = [text for kind, text in BLOCKS if kind != "python"]
    for start in starts:
        assert sum(text.startswith(start) for text in texts) == 1, start
    for text in texts:
        assert text.startswith(tuple(starts)), text


@pytest.mark.parametrize("words", TYPED, ids=" ".join)
def test_a_command_can_be_typed(words):
    check(words)


@pytest.mark.parametrize("words", inline(), ids=" ".join)
def test_a_command_in_a_sentence_can_be_typed(words):
    check(words, whole=False)


@pytest.mark.parametrize(
    "line",
    [
        "python -m aspn_tf.main --epoch=3",
        "python -m aspn_tf.main --aspn.epochs=-1",
        "python -m aspn_tf.serve --model=a --port=http",
        "python -m aspn_tf.compare --methods=gpt",
        "python -m aspn_tf.ablate --variants=none",
        "python -m aspn_tf.cost --methods=gpt",
        "python -m aspn_tf.train",
        "python benchmarks/none.py",
        "pip install 'aspn_tf[none]'",
        "sudo rm",
    ],
)
def test_what_cannot_be_typed_fails(line):
    (words,) = typed(line)
    with pytest.raises((pytest.fail.Exception, AssertionError, InputError)):
        check(words)


def test_a_flag_that_is_named_is_one():
    known = {"help", "flagfile"} | {
        flag[0]
        for name in COMMANDS
        for flag in getattr(
            importlib.import_module(f"aspn_tf.{name}"), "FLAGS", ()
        )
    }
    told = [*lines(Config())]
    for method in registry.METHODS:
        told += lines(registry.settings_class(method)(), f"{method}.")
    known |= {line.removeprefix("--").partition("=")[0] for line in told}
    for text in TEXTS.values():
        assert set(re.findall(r"`--([a-z_.]+)", text)) <= known


def test_links_lead_somewhere():
    for name, text in TEXTS.items():
        for link in re.findall(r"\]\(([^)]+)\)", text):
            path, _, anchor = link.partition("#")
            if path.startswith("https:"):
                continue
            file = ROOT / (path or name)
            assert file.exists(), link
            if anchor:
                heads = re.findall(r"^#+ (.*)$", file.read_text(), re.M)
                slugs = [re.sub(r"[^\w -]", "", h).lower() for h in heads]
                assert anchor in [s.replace(" ", "-") for s in slugs], link


def test_what_is_no_code_is_right(tmp_path):
    cited = (ROOT / "CITATION.cff").read_text()
    authors = re.search(r"author = {(.*?)}", block("@In"), re.S)[1]
    names = [
        one.split(", ") for one in " ".join(authors.split()).split(" and ")
    ]
    assert re.findall(r"given-names: (.*), family-names: (.*)}", cited) == [
        (given, family) for family, given in names
    ]
    file = tmp_path / "classes.csv"
    file.write_text(block("class,description"))
    told = classes.read(file)
    assert told.names == ("46", "48") and told.unseen == ("48",)
    folders = re.findall(r"<manual_dir>/(\w+)", block("<manual_dir>"))
    assert {folder.lower() for folder in folders} <= set(DATASETS)
    (curl,) = typed(block("curl"))
    posted = curl[curl.index("-d") + 1].replace("$SEMANTICS", "0, 1")
    assert bodies.NewClass(**json.loads(posted)).semantics == [0.0, 1.0]


def test_the_figure_is_that_of_its_script():
    file = ROOT / "benchmarks" / "model.png"
    figure = runpy.run_path(str(file.with_name("model_figure.py")))["draw"]()
    with Image.open(file) as drawn:
        assert np.asarray(drawn).shape[:2] == figures.pixels(figure).shape[:2]
    assert file.stat().st_size < 150_000


RAY = next(k for k, code in enumerate(PYTHON) if "import ray" in code)


@pytest.mark.slow
@pytest.mark.parametrize(
    "number",
    [
        pytest.param(k, marks=[pytest.mark.long] if k == RAY else [])
        for k in range(len(PYTHON))
    ],
)
def test_python_runs(number, home, monkeypatch, capsys, request):
    monkeypatch.chdir(home)
    if number == RAY:
        request.getfixturevalue("two_cpus")
    exec(compile(PYTHON[number], "README.md", "exec"), {})
    found = shares(capsys.readouterr().out)
    assert all(share > 0.8 for share in found)
    assert len(found) == PYTHON[number].count("print(")


@pytest.mark.slow
def test_pictures_are_answered_and_the_server_has_its_model(home, monkeypatch):
    monkeypatch.chdir(home)
    (words,) = typed(block(PREDICT).replace("DIR", "pictures/46"))
    called(words)
    answers = pathlib.Path("answers.csv").read_text().splitlines()
    assert len(answers) == 1 + PICTURES
    *_, serve = typed(block(PREPARE))
    assert pathlib.Path(parsed(serve)[2]["model"]).is_dir()


@pytest.mark.slow
def test_tensorflow_serving_would_take_the_request(home):
    asked = json.loads(block('{"signature_name"'))
    loaded = tf.saved_model.load(str(home / "model47"))
    signature = loaded.signatures[asked["signature_name"]]
    assert set(asked["inputs"]) == set(signature.structured_input_signature[1])


@pytest.mark.slow
@pytest.mark.long
def test_the_notebook_runs(tmp_path):
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(code)],
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = shares(done.stdout)
    assert len(found) == 3 and min(found) > 0.8
    assert not any(c.get("outputs") for c in cells)
