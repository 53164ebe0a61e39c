"""ASPN: its parts, its arguments, its files."""

import doctest
import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_aspn import (
    ALL_ON,
    CLASSES,
    PARTS,
    SEEN,
    STILL,
    D,
    Q,
    batch,
    make,
    parts_of,
    same_bits,
    state_of,
    uncompiled,
)

from aspn_tf.errors import InputError
from aspn_tf.model.aspn import ASPN


@pytest.mark.parametrize(
    ("off", "absent"),
    [
        ({"adversarial_weight": 0.0}, {"critic"}),
        ({"attention": False}, {"attention"}),
        ({"semantic_weight": 0.0, "cycle_weight": 0.0}, {"decoder"}),
        ({"semantic_weight": 0.0}, set()),
        ({"cycle_weight": 0.0}, set()),
        ({"visual_weight": 0.0}, set()),
        ({"classification_weight": 0.0}, set()),
    ],
    ids=str,
)
def test_a_weight_of_0_builds_no_such_network(off, absent):
    model = make(**off)
    assert set(PARTS) - set(parts_of(model)) == absent
    assert all(np.isfinite(v) for v in model.train_step(batch()).values())
    assert (model.critic_optimizer is None) == ("critic" in absent)


def test_kernels_are_drawn_in_one_order_and_the_output_starts_at_0():
    model = uncompiled(draw=False, seed=3)
    keras.utils.set_random_seed(3)
    for kernel in (
        model.generator.hidden.kernel,
        model.decoder.hidden.kernel,
        model.decoder.out.kernel,
        model.critic.hidden.kernel,
        model.critic.out.kernel,
        model.attention.f.kernel,
        model.attention.g.kernel,
    ):
        drawn = keras.initializers.GlorotUniform()(kernel.shape)
        np.testing.assert_array_equal(kernel, drawn, err_msg=kernel.path)
    assert not model.generator.out.kernel.numpy().any()


def test_the_output_is_drawn_where_it_does_not_start_at_0():
    model = uncompiled(draw=False, zero_output=False)
    assert model.generator.out.kernel.numpy().all()


def test_every_part_is_as_wide_as_asked_for():
    model = uncompiled(hidden_width=5, noise_width=3)
    assert model.generator.hidden.kernel.shape == (Q + 3, 5)
    assert model.decoder.out.kernel.shape == (5, Q + 3)
    assert model.critic.hidden.kernel.shape == (D + Q, 5)
    assert uncompiled().noise_width == Q


def test_prototypes_hold_no_noise_and_no_attention_unless_asked():
    semantics = make().class_semantics
    plain, attended = make(), make(attended_prototypes=True)
    np.testing.assert_array_equal(
        plain.prototypes(semantics), plain.generator.prototypes(semantics)
    )
    np.testing.assert_allclose(
        attended.prototypes(semantics),
        attended.attention(attended.generator.prototypes(semantics)),
        rtol=1e-6,
    )


def test_predict_gives_prototypes():
    model = uncompiled()
    semantics = model.class_semantics.numpy()
    np.testing.assert_allclose(
        model.predict(semantics, verbose=0),
        model.prototypes(semantics),
        rtol=1e-5,
    )


def test_the_example_of_the_docstring_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (example,) = doctest.DocTestFinder(recurse=False).find(ASPN, globs={})
    assert doctest.DocTestRunner().run(example).failed == 0
    assert (tmp_path / "aspn.keras").exists()


def test_a_step_takes_numbers_of_any_type():
    features, labels = batch()
    plain, other = make(), make()
    plain.train_step((features, labels))
    other.train_step((tf.cast(features, tf.float64), tf.cast(labels, tf.int32)))
    assert same_bits(state_of(plain), state_of(other))


def test_evaluate_gives_the_terms_and_moves_nothing():
    model = make(**STILL)
    before = parts_of(model)
    found = model.evaluate(*batch(), batch_size=12, return_dict=True, verbose=0)
    assert same_bits(
        sum(before.values(), []), sum(parts_of(model).values(), [])
    )
    trained = model.train_step(batch())
    # The critic moved first, and what Eq. 4 leaves to the generator with it.
    for name in ("visual", "semantic", "preservation", "classification"):
        np.testing.assert_allclose(found[name], trained[name], rtol=1e-4)


@pytest.mark.parametrize(
    "changes", [{}, {"attention": False, "noise_width": 2, "seed": 4}]
)
def test_the_config_makes_the_model_again(changes):
    model = uncompiled(**changes)
    config = model.get_config()
    again = ASPN.from_config(config)
    assert again.get_config() == config
    np.testing.assert_array_equal(again.class_semantics, model.class_semantics)
    assert set(parts_of(again)) == set(parts_of(model))
    arguments = set(inspect.signature(ASPN.__init__).parameters)
    assert set(config) == arguments - {"self", "kwargs"} | {
        "trainable",
        "dtype",
    }


def test_a_saved_model_trains_on_as_if_it_had_not_been_saved(tmp_path):
    optimizer = keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(1e-2, 10), weight_decay=0.1
    )
    model = uncompiled(**STILL)
    model.compile(optimizer, keras.optimizers.RMSprop(1e-2))
    model.train_step(batch())
    model.save(tmp_path / "aspn.keras")
    again = keras.models.load_model(tmp_path / "aspn.keras")
    assert again.get_config() == model.get_config()
    assert again.get_compile_config() == model.get_compile_config()
    assert again.optimizer is again.generator_optimizer
    for one in (model, again):
        one.train_step(batch())
    # The random stream alone starts anew; here it draws nothing that counts.
    assert same_bits(state_of(model)[:-1], state_of(again)[:-1])


def test_a_model_that_was_not_compiled_can_be_saved(tmp_path):
    model = uncompiled()
    model.save(tmp_path / "aspn.keras")
    again = keras.models.load_model(tmp_path / "aspn.keras")
    np.testing.assert_array_equal(
        again(model.class_semantics), model(model.class_semantics)
    )


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("reduction", "max"),
        ("penalty_form", "root"),
        ("generator_output", "tanh"),
        ("compatibility", "cosin"),
        ("real_classes", "unseen"),
        ("pseudo_classes", "seen"),
        ("alpha_role", "both"),
        ("alpha", 1.5),
    ],
)
def test_a_bad_argument_is_named(argument, value):
    named = {"alpha_role": "role", "alpha": "initial_alpha"}
    with pytest.raises(
        InputError, match=f"`{named.get(argument, argument)}` must .*{value}"
    ):
        uncompiled(**{argument: value})


@pytest.mark.parametrize("seen", [(0, CLASSES), (-1, 2)])
def test_seen_classes_have_semantics(seen):
    with pytest.raises(InputError, match="`seen` must be rows of `semantics`"):
        ASPN(np.ones((CLASSES, Q)), seen, D, **ALL_ON)


def test_seen_classes_may_come_in_any_order():
    model = ASPN(np.ones((CLASSES, Q)), SEEN[::-1], D, **ALL_ON)
    np.testing.assert_array_equal(model.seen, SEEN)


def test_a_summary_can_be_printed(capsys):
    model = uncompiled()
    model.summary()
    assert f"{model.count_params():,}" in capsys.readouterr().out


def test_calls_agree_eagerly_and_traced():
    model = uncompiled(attended_prototypes=True)
    traced = tf.function(
        model, input_signature=[tf.TensorSpec((None, Q), tf.float32)]
    )
    np.testing.assert_allclose(
        traced(model.class_semantics),
        model(model.class_semantics),
        rtol=1e-5,
        atol=1e-6,
    )
