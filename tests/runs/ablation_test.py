"""The ablation's variants, its table and its picture."""

import json

import pytest
import toy

from aspn_tf.config import Config
from aspn_tf.errors import InputError
from aspn_tf.methods import registry
from aspn_tf.methods.settings import lines
from aspn_tf.runs import ablation, study

PAPER = ("Baseline", "SPN", "ASPN")
READINGS = ("ours", "paper", "literal")


@pytest.fixture(scope="module")
def variants():
    chosen = ablation.choose(Config(), "")
    return {variant.slug: variant for variant in chosen}


@pytest.fixture(scope="module")
def ran(tiny, tmp_path_factory):
    """Two variants and two seeds of a toy on ten classes; its directory."""
    place = tmp_path_factory.mktemp("ablation") / "run"
    with pytest.MonkeyPatch.context() as patch:
        toy.register(patch)
        patch.setattr(study, "load", lambda config: tiny)
        config = Config(method="toy", seeds=2, run_dir=str(place))
        ablation.main(config.with_settings(fog=9.0), "toy,clear")
    return place


def differing(variant):
    """The settings that a variant does not share with the whole method."""
    return set(lines(variant.config.own)) - set(lines(Config().own))


def test_the_papers_three_models_come_first_and_nest(variants):
    titles = [variant.title for variant in variants.values()]
    assert titles[:3] == list(PAPER)
    assert differing(variants["baseline"]) == {
        "--semantic_weight=0.0",
        "--cycle_weight=0.0",
        "--adversarial_weight=0.0",
        "--attention=false",
    }
    assert differing(variants["spn"]) == {"--attention=false"}
    assert differing(variants["aspn"]) == set()


def test_every_other_variant_lacks_one_thing(variants):
    rest = list(variants.values())[3:]
    single = [variant for variant in rest if variant.slug not in READINGS]
    lacks = [differing(variant) for variant in single]
    assert all(len(lack) == 1 for lack in lacks)
    assert len(set.union(*lacks)) == len(single)


def test_a_reading_has_the_rows_that_it_has_something_of():
    for reading, lacking in (
        ("default", READINGS),
        ("paper", {*READINGS, *registry.settings_class("aspn").OURS}),
    ):
        config = Config().read_as(reading)
        slugs = [one.slug for one in ablation.choose(config, "")]
        every = registry.settings_class("aspn").VARIANTS
        assert slugs == [slug for slug in every if slug not in lacking]


def test_a_variant_may_be_a_reading():
    (variant,) = ablation.choose(Config(), "literal")
    config = variant.config
    literal = registry.settings_class("aspn").READINGS["literal"]
    assert config.reading == "literal"
    read = {
        k: getattr(config.own, k, getattr(config, k, None)) for k in literal
    }
    assert read == literal


def test_a_reading_as_a_row_does_not_keep_settings_of_another():
    config = Config().read_as("paper")
    for slug in ("ours", "literal"):
        with pytest.raises(InputError, match="`--reading` must be default"):
            ablation.choose(config, f"aspn,{slug}")
    (same,) = ablation.choose(config, "paper")
    assert same.config == config


def test_any_method_with_variants_can_be_ablated(monkeypatch):
    toy.register(monkeypatch)
    config = Config(method="toy").with_settings(epochs=7)
    chosen = ablation.choose(config, "clear,toy")
    assert [variant.slug for variant in chosen] == ["toy", "clear"]
    whole, clear = (variant.config.own for variant in chosen)
    assert whole == config.own
    assert clear == config.own.replace(fog=0.0)


def test_a_method_without_variants_is_refused():
    with pytest.raises(InputError, match="`--method` must .*: aspn. Rec.* sae"):
        ablation.choose(Config(method="sae"), "")


def test_the_table_agrees_with_its_cells(ran):
    content = json.loads((ran / "ablation.json").read_text())
    titles = [row["title"] for row in content["rows"]]
    assert titles == ["Toy", "Toy without fog"]
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
    foggy, clear = content["rows"]
    assert foggy["std"]["H"] > clear["std"]["H"] == 0.0


def test_the_picture_is_there(ran):
    assert (ran / "ablation.png").read_bytes().startswith(b"\x89PNG")


def test_an_unknown_variant_is_refused(tmp_path):
    with pytest.raises(
        InputError, match="`--variants` must be of baseline.*nothing$"
    ):
        ablation.main(Config(run_dir=str(tmp_path / "run")), "aspn,nothing")
    assert not list(tmp_path.iterdir())
