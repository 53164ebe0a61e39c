"""The Dockerfile: a linter's word, and that what it names is there."""

import json
import pathlib
import re
import shutil
import subprocess

import pytest

from aspn_tf import serve

ROOT = pathlib.Path(__file__).parents[1]
TEXT = (ROOT / "Dockerfile").read_text()


@pytest.mark.skipif(not shutil.which("hadolint"), reason="needs hadolint")
def test_the_linter_finds_nothing():
    subprocess.run(["hadolint", ROOT / "Dockerfile"], check=True)


def test_what_is_copied_is_there():
    for line in re.findall(r"^COPY (.*)", TEXT, re.M):
        *sources, _ = line.split()
        for source in sources:
            assert (ROOT / source).exists(), source


def test_its_command_is_one_of_ours():
    words = json.loads(re.search(r"^ENTRYPOINT (.*)", TEXT, re.M)[1])
    assert words[:3] == ["python", "-m", "aspn_tf.serve"]
    known = {name for name, *_ in serve.FLAGS}
    for word in words[3:]:
        assert word.removeprefix("--").partition("=")[0] in known
