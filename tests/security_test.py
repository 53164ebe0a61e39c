"""What SECURITY.md tells of the project, where a test can look."""

import pathlib
import re

from fastapi.testclient import TestClient
from stand_ins import Linear

import aspn_tf
from aspn_tf import predict, serve
from aspn_tf.serving import export
from aspn_tf.web import app

ROOT = pathlib.Path(__file__).parents[1]
TEXT = (ROOT / "SECURITY.md").read_text()


def test_the_routes_without_a_token_are_those_it_names(tiny, tmp_path):
    place = tmp_path / "model"
    export.save(place, Linear(tiny.training()), tiny, [], {}, 0.0, 0.0)
    sentence = re.search(r"all routes\s+want it but (.*?`)\.\s", TEXT, re.S)[1]
    with TestClient(app.make(aspn_tf.load(place), "secret")) as client:
        open_ = {
            path
            for path in (*_paths(client), "/", "/docs", "/redoc")
            if client.get(path).status_code == 200
        }
        assert set(re.findall(r"`([^`]+)`", sentence)) == open_ | {
            "/openapi.json"
        }


def test_flags_have_the_defaults_it_tells():
    served = {name: default for name, default, _ in serve.FLAGS}
    assert served["host"] == "127.0.0.1" and served["token"] == ""
    assert ("escape_formulas", False) in [one[:2] for one in predict.FLAGS]


def test_every_version_of_the_lock_has_digests_of_sha256():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    for line, after in zip(lines, lines[1:]):
        if re.match(r"\w", line):
            assert re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==\S+ \\", line), line
            assert re.match(r" +--hash=sha256:[0-9a-f]{64}", after), line
    names = {line.partition("==")[0] for line in lines if line[:1].isalnum()}
    wanted = re.findall(r'"([\w-]+)>=', (ROOT / "setup.py").read_text())
    wanted = {name.lower().replace("_", "-") for name in wanted}
    assert wanted - names == {"sentence-transformers"}  # of an extra


def _paths(client):
    return client.get("/openapi.json").json()["paths"]
