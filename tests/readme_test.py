"""The README's Python runs as it stands."""

import pathlib
import re

import numpy as np
import pytest

from aspn_tf import ZeroShotClassifier

README = pathlib.Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def home(tmp_path_factory, digit_pairs):
    """A directory with what the README's command exports, quicker made."""
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
    return place


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_it_runs(number, home, monkeypatch, capsys):
    monkeypatch.chdir(home)
    exec(compile(BLOCKS[number], str(README), "exec"), {})
    shares = re.findall(r"^[01]\.\d+$", capsys.readouterr().out, re.M)
    assert all(float(share) > 0.8 for share in shares)
    assert len(shares) == BLOCKS[number].count("print(")
