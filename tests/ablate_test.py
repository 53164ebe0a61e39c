"""The ablation's variants, its table and its picture."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys

import pytest

from aspn_tf import ablate, experiment
from aspn_tf.config import LITERAL, Config
from aspn_tf.errors import InputError

ROOT = pathlib.Path(__file__).parent.parent
PAPER = ("Baseline", "SPN", "ASPN")


@pytest.fixture(scope="module")
def config():
    return Config(epochs=1, steps_per_epoch=2, seeds=2)


@pytest.fixture(scope="module")
def variants(config):
    chosen = ablate.choose(config, ",".join(ablate.VARIANTS))
    return {variant.slug: variant for variant in chosen}


@pytest.fixture(scope="module")
def ran(config, tiny, tmp_path_factory):
    """Two variants and two seeds on ten classes; its directory."""
    place = tmp_path_factory.mktemp("ablation") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(experiment, "load", lambda config: tiny)
        ablate.main(config.replace(run_dir=str(place)), "baseline,aspn")
    return place


def differing(variant, config):
    given = dataclasses.asdict(config)
    return {
        name: value
        for name, value in dataclasses.asdict(variant.config).items()
        if value != given[name]
    }


def test_the_papers_three_models_come_first_and_nest(variants, config):
    titles = [variant.title for variant in variants.values()]
    assert titles[:3] == list(PAPER)
    assert differing(variants["baseline"], config) == {
        "semantic_weight": 0.0,
        "cycle_weight": 0.0,
        "adversarial_weight": 0.0,
        "attention": False,
    }
    assert differing(variants["spn"], config) == {"attention": False}
    assert differing(variants["aspn"], config) == {}


def test_every_other_variant_lacks_one_thing(variants, config):
    rest = list(variants.values())[3:]
    single = [variant for variant in rest if variant.slug != "literal"]
    lacks = [differing(variant, config) for variant in single]
    assert all(len(lack) == 1 for lack in lacks)
    assert len({name for lack in lacks for name in lack}) == len(single)


def test_the_literal_variant_is_the_literal_reading(variants):
    literal = dataclasses.asdict(variants["literal"].config)
    assert literal["reading"] == "literal"
    assert LITERAL.items() <= literal.items()
    assert literal["epochs"] == 1


def test_the_attention_is_on_whatever_the_flags_say(config):
    without = config.replace(attention=False)
    (variant,) = ablate.choose(without, "aspn")
    assert variant.config.attention


@pytest.mark.slow
def test_the_table_agrees_with_its_cells(ran):
    content = json.loads((ran / "ablation.json").read_text())
    assert [row["title"] for row in content["rows"]] == ["Baseline", "ASPN"]
    markdown = (ran / "ablation.md").read_text()
    for row in content["rows"]:
        cells = [
            json.loads(
                (ran / row["variant"] / seed / "results.json").read_text()
            )
            for seed in ("seed0", "seed1")
        ]
        for name in ("T", "u", "s", "H"):
            first, second = (cell[name] for cell in cells)
            assert row[name] == pytest.approx((first + second) / 2)
            std = abs(first - second) / 2**0.5
            assert row["std"][name] == pytest.approx(std, abs=1e-9)
            assert f"{row[name]:.1f} ± {row['std'][name]:.1f}" in markdown
        assert row["parameters"] == cells[0]["parameters"]
        assert f"{row['parameters']:,}" in markdown
    baseline, aspn = content["rows"]
    assert baseline["parameters"] < aspn["parameters"]


@pytest.mark.slow
def test_the_picture_is_there(ran):
    assert (ran / "ablation.png").read_bytes().startswith(b"\x89PNG")


def test_another_method_is_refused(config):
    with pytest.raises(InputError, match="`--method` must be aspn"):
        ablate.choose(config.replace(method="sae"), "aspn")


def test_an_unknown_variant_ends_with_one_sentence_and_code_2(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "aspn_tf.ablate", "--variants=aspn,nothing"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("aspn_tf: `--variants` must be of baseline")
    assert done.stderr.endswith("Received: nothing\n")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())
