"""`python -m aspn_tf.prepare`, and what follows it, as they are typed."""

import csv
import json
import os
import pathlib
import runpy
import subprocess
import sys
import time
import urllib.request

import forked
import numpy as np
import pytest
from picture_folder import fill

from aspn_tf.errors import InputError
from aspn_tf.pictures import making

TONES = {name: 20 * k for k, name in enumerate("abcdefgh")}
ROOT = pathlib.Path(__file__).parents[1]
HERE = {**os.environ, "PYTHONPATH": str(ROOT)}


def run(*words, cwd):
    return forked.run(["-m", *words], cwd=cwd)


def lines(done):
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def refused(done):
    assert done.returncode == 2, done.stderr
    (sentence,) = forked.own_lines(done.stderr)
    return sentence


def test_flags_that_cannot_be_used_get_a_sentence(tmp_path):
    fill(tmp_path / "in", {"a": 1, "b": 200}, 3)
    (tmp_path / "c.csv").write_text("class,text\na,low\nb,high\n")
    given = {
        "images": str(tmp_path / "in"),
        "classes": str(tmp_path / "c.csv"),
        "output": str(tmp_path / "own/X"),
        "backbone": "pixels",
        "weights": "",
        "image_size": "4,4",
        "unseen": "",
        "test_share": 0.2,
        "batch_size": 4,
    }
    for name, value in (
        ("images", ""),
        ("classes", ""),
        ("output", ""),
        ("images", "nowhere"),
        ("classes", "nowhere.csv"),
        ("image_size", "4"),
        ("image_size", "4,0"),
        ("image_size", "4,99999"),
        ("image_size", "a,b"),
        ("backbone", "resnet"),
        ("weights", "w.h5"),
        ("unseen", "z"),
        ("test_share", 0.0),
        ("test_share", 1.0),
        ("batch_size", 0),
        ("encoder", "bag"),
    ):
        with pytest.raises(InputError, match=f"`--{name}`"):
            making.make(**{**given, name: value})
    assert not (tmp_path / "own/X/res101.mat").exists()
    making.make(**given)
    assert (tmp_path / "own/X/res101.mat").exists()


@pytest.mark.slow
def test_pictures_become_a_model_that_answers_for_pictures(tmp_path):
    fill(tmp_path / "in", {name: TONES[name] for name in "abcdef"}, 10)
    (tmp_path / "in/a/broken.png").write_bytes(b"no")
    rows = [f"{name},{tone / 140},1" for name, tone in TONES.items()]
    (tmp_path / "c.csv").write_text("\n".join(["class,tone,one", *rows]))
    said = lines(
        run(
            *("aspn_tf.prepare", "--images=in", "--classes=c.csv"),
            *("--output=own/TONES", "--backbone=pixels", "--image_size=6,6"),
            cwd=tmp_path,
        )
    )
    assert "broken.png" in said[0]
    assert said[1].startswith("60 pictures, 1 files skipped; 6 seen classes, 2")
    command = said[-1].removeprefix("train: python -m ").split()
    said = lines(
        run(*command, "--run_dir=run", "--aspn.epochs=0", cwd=tmp_path)
    )
    assert any("cannot be measured" in line for line in said)
    assert any("TONES (validation)" in line for line in said)
    results = json.loads((tmp_path / "run/results.json").read_text())
    assert results["benchmark"] == "TONES (validation)"
    assert results["T"] >= 50.0
    assert "validation" in (tmp_path / "run/report.html").read_text()
    fill(tmp_path / "new", {"g": TONES["g"], "a": TONES["a"]}, 6)
    images = "--images=new,in/a/broken.png"
    lines(
        run(
            *("aspn_tf.predict", "--model=run/model", images),
            *("--output=answers.csv", "--top_k=1"),
            cwd=tmp_path,
        )
    )
    with (tmp_path / "answers.csv").open() as file:
        answers = list(csv.DictReader(file))
    assert len(answers) == 12
    folder = [pathlib.Path(one["picture"]).parent.name for one in answers]
    assert folder == ["a"] * 6 + ["g"] * 6
    named = np.array([one["class_1"] for one in answers])
    assert (named[:6] == "a").mean() >= 0.5
    assert set(named[6:]) <= set("fgh")
    other = run(
        *("aspn_tf.predict", "--model=run/model", images),
        *("--output=more.csv", "--backbone=grey_pixels"),
        cwd=tmp_path,
    )
    assert "must be the one" in refused(other)


@pytest.mark.slow
@pytest.mark.long
def test_numbers_go_from_pictures_to_a_server_in_three_commands(tmp_path):
    """The gate: 47 is left out, told over HTTP in words, and recognised."""
    write = runpy.run_path(ROOT / "benchmarks/digit_pictures.py")["main"]
    write(tmp_path / "all")
    write(tmp_path / "some", exclude="47")
    place = "--images=some/pictures", "--classes=some/classes.csv"
    pixels = "--backbone=grey_pixels", "--image_size=8,16"
    lines(
        run(
            *("aspn_tf.prepare", *place, "--output=own/NUMBERS", *pixels),
            cwd=tmp_path,
        )
    )
    lines(
        run(
            *("aspn_tf.main", "--dataset=xlsa17", "--manual_dir=own"),
            *("--name=NUMBERS", "--run_dir=run"),
            cwd=tmp_path,
        )
    )
    results = json.loads((tmp_path / "run/results.json").read_text())
    # digit_pairs itself has 99.5 and 96.2; here test rows share their digits'
    # pictures with training rows, so that more is right.
    assert results["T"] >= 98.5 and results["H"] >= 95.2
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "aspn_tf.serve"),
            *("--model=run/model", "--port=0"),
        ],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        env=HERE,
    )
    try:
        home = server.stdout.readline().split()[3].rstrip(",")
        ask(
            f"{home}/classes",
            {"name": "47", "description": "tens four and units seven"},
        )
        paths = sorted((tmp_path / "all/pictures/47").iterdir())[:60]
        found = [
            ask(f"{home}/classify_picture?top_k=1", path.read_bytes())["answer"]
            for path in paths
        ]
        assert np.mean([one == "47" for one in found]) > 0.9
    finally:
        server.terminate()
        server.wait(20)


def ask(url, body):
    """What a POST answers, from JSON; of bytes or of what JSON can hold."""
    kind = "application/octet-stream"
    if not isinstance(body, bytes):
        body, kind = json.dumps(body).encode(), "application/json"
    request = urllib.request.Request(url, body, {"Content-Type": kind})
    for _ in range(50):
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read())
        except ConnectionError:
            time.sleep(0.2)
    raise AssertionError(f"nobody answers at {url}")
