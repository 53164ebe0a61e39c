"""The command that counts costs."""

import pytest

from aspn_tf import cost
from aspn_tf.config import Config
from aspn_tf.errors import InputError
from aspn_tf.runs import run


def test_the_papers_data_sets_need_no_data(monkeypatch, capsys):
    monkeypatch.setattr(run, "load", None)
    cost.main(Config(dataset="cub"), "sae,eszsl")
    title, _, first, second, *_ = capsys.readouterr().out.splitlines()
    assert title == "cub, 2048-d features"
    assert first.split()[:2] == ["sae", f"{2048 * 1024:,}"]
    assert second.split()[:2] == ["eszsl", f"{2048 * 1024:,}"]


def test_another_data_set_is_loaded_for_its_sizes(monkeypatch, tiny, capsys):
    monkeypatch.setattr(run, "load", lambda config: tiny)
    cost.main(Config(dataset="xlsa17", name="mine"), "sae")
    title, _, line, *_ = capsys.readouterr().out.splitlines()
    assert title == "mine, 6-d features"
    assert line.split()[1] == str(6 * 4)


def test_an_unknown_method_is_refused():
    with pytest.raises(InputError, match="`--methods` must be of .* sea$"):
        cost.main(Config(), "sea")
