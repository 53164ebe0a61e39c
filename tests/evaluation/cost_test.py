"""Counts against hand formulas and the paper."""

import json

import numpy as np
import pytest
import toy
from small import built

from aspn_tf.data.benchmark import Benchmark
from aspn_tf.evaluation import cost, paper
from aspn_tf.methods import registry

TRAINED = ("aspn", "clswgan", "cycle_clswgan")


def at_sizes(sizes, *names):
    settings = {name: registry.settings_class(name)() for name in names}
    return cost.at_sizes(sizes, settings)


@pytest.fixture(scope="module")
def awa():
    """Of every method that is trained, at the paper's sizes."""
    return at_sizes(paper.SIZES["awa1"], *TRAINED)


def dense(inputs, outputs):
    """A matrix product and its bias."""
    return 2 * inputs * outputs + outputs


def test_cycle_clswgan_has_the_parameters_of_table_2(awa):
    assert awa["cycle_clswgan"]["parameters"] == 18_112_648


def test_aspn_has_the_parameters_of_table_2_and_alpha(awa):
    assert awa["aspn"]["parameters"] == 13_930_771 + 1


def test_memory_is_four_bytes_a_weight_and_two_moments_of_each(awa):
    assert awa["aspn"]["weight_bytes"] == 4 * 13_930_772
    assert awa["aspn"]["optimizer_bytes"] == 8 * 13_930_772


def test_forward_flops_are_those_of_the_hand_formulas(awa):
    parts = awa["aspn"]["networks"]
    generator = dense(170, 1800) + dense(1800, 2048)
    decoder = dense(2048, 1800) + dense(1800, 170)
    of_both_inputs = 1800  # additions: each has a product of its own
    critic = dense(2133, 1800) + of_both_inputs + dense(1800, 1)
    assert parts["generator"]["forward_flops"] == generator
    assert parts["decoder"]["forward_flops"] == decoder
    assert parts["critic"]["forward_flops"] == critic
    peer = awa["cycle_clswgan"]["networks"]
    assert peer["regressor"]["forward_flops"] == dense(2048, 85)
    assert peer["softmax"]["forward_flops"] == dense(2048, 50)


def test_attention_costs_two_projections_and_its_share_of_a_batch(awa):
    projections = 2 * 2 * 2048 * 512
    weights = 2 * 64 * 512
    mix = 2 * 64 * 2048
    matrix_products = projections + weights + mix
    counted = awa["aspn"]["networks"]["attention"]["forward_flops"]
    assert matrix_products < counted < 1.01 * matrix_products


def test_a_training_step_of_clswgan_is_its_matrix_products(awa):
    counted = awa["clswgan"]["training_step_flops"]
    generator = 2 * (170 * 4096 + 4096 * 2048)
    of_features, of_semantics = 2 * 2048 * 4096, 2 * 85 * 4096
    last = 2 * 4096
    # Scores of real and generated features, which have the same semantics:
    # forward and weights' gradient; the penalty: the slope by x, and
    # backwards its two factors' gradients.
    scores = 2 * (2 * of_features + of_semantics) + 6 * last
    penalty = 3 * of_features
    critic_step = generator + scores + penalty
    # No gradient by what goes in, by the critic's weights nor the softmax's.
    generator_step = 3 * generator - 2 * 170 * 4096
    generator_step += 2 * of_features + of_semantics + 2 * last
    generator_step += 2 * 2 * 2048 * 50  # the softmax
    wanted = 5 * critic_step + generator_step
    assert wanted < counted < 1.02 * wanted  # activations, losses, Adam


def test_a_closed_form_counts_what_it_solves_for(tiny):
    for name in ("eszsl", "sae"):
        counted = cost.of(registry.build(name, tiny.training()))
        assert counted["parameters"] == 6 * 4
        assert counted["optimizer_bytes"] == 0
        assert counted["training_step_flops"] is None
        assert counted["networks"] == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "slots"), [("devise", 0), ("clswgan", 2), ("cadavae", 3)]
)
def test_an_optimizer_keeps_what_its_kind_keeps(name, slots, tiny):
    counted = cost.of(built(name, tiny.training()))
    wanted = slots * counted["weight_bytes"]
    assert counted["optimizer_bytes"] == wanted


def test_a_method_without_a_generator_costs_like_any_other(monkeypatch):
    toy.register(monkeypatch)
    counted = at_sizes((30, 20, 7, 3), "toy")["toy"]
    assert counted["parameters"] == 30 * 20
    assert counted["weight_bytes"] == 4 * 30 * 20
    assert counted["networks"]["map"]["forward_flops"] == 2 * 30 * 20
    products = 2 * (2 * 30 * 20)  # forward, and the gradient by the weights
    assert products < counted["training_step_flops"] < 1.2 * products


def test_settings_are_those_given_and_the_paper_has_the_last_word():
    given = registry.settings_class("aspn")(hidden_width=16, noise_width=5)
    counted = cost.at_sizes((30, 20, 7, 3), {"aspn": given})["aspn"]
    generator = (20 + 20) * 16 + 16 + 16 * 30 + 30
    assert counted["networks"]["generator"]["parameters"] == generator


def test_sizes_are_those_of_the_benchmark(tiny):
    sizes = cost.sizes_of(tiny)
    assert sizes == (6, 4, 7, 3)
    view = cost.blank(*sizes)
    assert not isinstance(view, Benchmark)
    assert view.feature_width == 6 and view.semantics_width == 4
    assert view.seen.tolist() == tiny.seen.tolist()
    assert view.unseen.tolist() == tiny.unseen.tolist()


def test_table_prints_counts_definition_and_the_paper(awa):
    text = cost.table("awa1, 2048-d features", awa)
    assert text.startswith("awa1, 2048-d features\n")
    for wanted in (
        "13,930,772",
        "18,112,648",
        "multiply-add is 2",
        "109.8 MFLOPs",
        "no cost of computing",
    ):
        assert wanted in text.replace("\n", " ")
    assert max(map(len, text.splitlines())) <= 81


def test_a_method_without_steps_stands_in_the_table(tiny):
    counted = cost.of(registry.build("sae", tiny.training()))
    line = cost.table("tiny", {"sae": counted}).splitlines()[2]
    assert line.split() == ["sae", "24", "0.0", "MB", "0.0", "MB", "-"]


def test_costs_can_be_written_as_json(awa):
    assert json.loads(json.dumps(awa)) == awa
    assert np.isfinite(awa["aspn"]["training_step_flops"])
