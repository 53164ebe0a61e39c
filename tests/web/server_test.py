"""`python -m aspn_tf.serve`, the command itself."""

import contextlib
import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from stand_ins import Linear

from aspn_tf.errors import InputError
from aspn_tf.serving import export
from aspn_tf.web import server

ROOT = pathlib.Path(__file__).parents[2]
GIVEN = {
    "model": "nowhere",
    "host": "127.0.0.1",
    "port": 0,
    "token": "",
    "max_rows": 8,
    "max_megabytes": 1,
}


@contextlib.contextmanager
def serving(words):
    """The process of a server that runs, and its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "aspn_tf.serve", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        said = process.stdout.readline()
        yield process, re.search(r"http://127\.0\.0\.1:\d+", said)[0]


@pytest.mark.slow
def test_it_serves_until_it_is_interrupted(tiny, tmp_path):
    place = tmp_path / "model"
    export.save(place, Linear(tiny.training()), tiny, [], {}, 0.25, 5.0)
    (tmp_path / "token").write_text("secret\n")
    words = [f"--model={place}", "--port=0", f"--token=@{tmp_path}/token"]
    with serving(words) as (process, address):
        body = json.dumps({"features": tiny.test_seen.features[:2].tolist()})
        asked = urllib.request.Request(
            f"{address}/classify",
            body.encode(),
            {
                "Content-Type": "application/json",
                "Authorization": "Bearer secret",
            },
        )
        with urllib.request.urlopen(asked) as answer:
            assert len(json.load(answer)["answers"]) == 2
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode in (0, 130)
    assert "Traceback" not in errors


@pytest.mark.slow
@pytest.mark.long
def test_it_serves_without_a_backbone_and_says_so(with_card, skies):
    card = {**skies.card["pictures"], "digest": "another"}
    words = [f"--model={with_card(pictures=card)}", "--port=0"]
    with serving(words) as (process, address):
        with urllib.request.urlopen(f"{address}/classes") as answer:
            told = json.load(answer)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert (told["pictures"], told["words"]) == (False, True)
    line = "aspn_tf: The backbone must be the one that the model was trained"
    assert errors.startswith(line)
    assert errors.count("must be") == 1


def test_what_is_named_must_be_had(pictured, monkeypatch):
    def run(*_):
        pytest.fail("it serves")

    monkeypatch.setattr(server.uvicorn.Server, "run", run)
    for named in ({"backbone": "pixels"}, {"encoder": "x"}, {"weights": "x"}):
        with pytest.raises(InputError, match="backbone|encoder|weights"):
            server.serve(**{**GIVEN, "model": pictured, **named})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": ""}, "`--model` must be given"),
        ({}, "A model must be a directory"),
        ({"port": 65536}, "`--port` must be 0 to 65535. Received: 65536"),
        ({"max_rows": 0}, "`--max_rows` must be at least 1"),
        ({"max_megabytes": 0}, "`--max_megabytes` must be at least 1"),
        ({"host": "256.0.0.1"}, "must be free to listen at"),
        ({"token": "@nowhere"}, "must name a file that can be read"),
    ],
)
def test_flags_that_cannot_be_used_get_a_sentence(changes, message):
    with pytest.raises(InputError, match=message):
        server.serve(**{**GIVEN, **changes})


def test_an_empty_token_file_opens_nothing(tmp_path):
    (tmp_path / "token").write_text("\n")
    with pytest.raises(InputError, match="which is empty"):
        server.serve(**{**GIVEN, "token": f"@{tmp_path}/token"})


def test_answers_do_not_wait_for_acknowledgements():
    with server._socket("127.0.0.1", 0) as listening:
        # What asyncio looks at before it switches Nagle's algorithm off.
        assert listening.proto == socket.IPPROTO_TCP


def test_a_port_that_is_taken_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"127.0.0.1:{port} .Address"):
            server.serve(**{**GIVEN, "port": port})
