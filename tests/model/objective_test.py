"""The objective: Eq. 9, its terms, every reading of them."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_aspn import batch, make, uncompiled

from aspn_tf.model import losses
from aspn_tf.model.objective import objective, passes

READINGS = [
    {option: choice}
    for option, choices in {
        "reduction": ("example", "sum"),
        "penalty_form": ("squared",),
        "alpha_role": ("mix",),
        "alpha": (0.0, 1.0),
        "attention_scaled": (True,),
        "attended_prototypes": (True,),
        "generator_output": ("relu",),
        "zero_output": (False,),
        "noise_width": (0, 3),
        "noise_scale": (0.0, 1.0),
        "compatibility": ("dot", "cosine"),
        "temperature": (0.01, 1.0),
        "real_classes": ("all",),
        "pseudo_classes": ("batch",),
    }.items()
    for choice in choices
]
LITERAL = {
    "penalty_weight": 0.01,
    "reduction": "sum",
    "penalty_form": "squared",
    "alpha_role": "mix",
    "zero_output": False,
    "noise_scale": 1.0,
    "compatibility": "dot",
    "temperature": 1.0,
    "real_classes": "all",
    "pseudo_classes": "batch",
}


@pytest.mark.parametrize(
    "changes",
    [*READINGS, LITERAL],
    ids=lambda c: "literal" if c is LITERAL else "=".join(map(str, *c.items())),
)
def test_every_other_reading_trains_a_step_with_finite_losses(changes):
    # From the weights a run starts with: zeros, where there are any.
    model = make(draw=False, **changes)
    logs = model.train_step(batch())
    for name, value in logs.items():
        assert np.isfinite(value), name
    for variable in model.trainable_variables:
        assert np.isfinite(variable).all(), variable.path


@pytest.mark.parametrize("reduction", ["mean", "example", "sum"])
def test_the_objective_is_equation_9(reduction):
    weights = {
        "visual": 0.5,
        "semantic": 0.25,
        "cycle": 2.0,
        "adversarial": 3.0,
        "classification": 0.125,
    }
    model = make(
        reduction=reduction,
        **{f"{name}_weight": value for name, value in weights.items()},
    )
    terms = objective(model, passes(model, *batch()))
    weights["preservation"] = weights.pop("cycle")
    np.testing.assert_allclose(
        terms["objective"],
        sum(weight * terms[name] for name, weight in weights.items()),
        rtol=1e-5,
    )


def test_every_term_is_its_equation_on_what_the_networks_give():
    model = uncompiled(noise_scale=0.0, pseudo_classes="batch")
    features, labels = batch()
    semantics = tf.gather(model.class_semantics, labels)
    attended = model.attention(model.generator.prototypes(semantics))
    inferred, noise = model.decoder(features)
    prototypes = model.generator.prototypes(model.class_semantics)
    known = tf.gather(prototypes, model.seen)
    columns = [list(model.seen.numpy()).index(label) for label in labels]

    def loss(rows, against, wanted):
        scores = losses.compatibility(rows, against, "euclidean", 10.0)
        return losses.classification(scores, tf.constant(wanted))

    expected = {
        "visual": losses.visual(features, attended),
        "semantic": losses.semantic(semantics, inferred),
        # The second cycle passes no attention.
        "preservation": losses.squared_error(
            semantics, model.decoder(attended)[0]
        )
        + losses.squared_error(features, model.generator(inferred, noise)),
        "adversarial": -tf.reduce_mean(model.critic(attended, semantics)),
        "classification": loss(features, known, columns)
        + loss(attended, prototypes, labels),
    }
    found = objective(model, passes(model, features, labels))
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("compatibility", ["cosine", "dot", "euclidean"])
def test_training_brings_prototypes_nearer_to_their_class(compatibility):
    # From prototypes at 0, where the cosine is at its steepest.
    model = make(
        keras.optimizers.Adam(1e-2),
        draw=False,
        compatibility=compatibility,
        semantic_weight=0.0,
        cycle_weight=0.0,
        adversarial_weight=0.0,
        attention=False,
    )
    features, labels = batch(64)
    step = tf.function(model.train_step)

    def distance():
        prototypes = model.prototypes(model.class_semantics)
        return float(
            tf.reduce_mean((features - tf.gather(prototypes, labels)) ** 2)
        )

    before = distance()
    for _ in range(60):
        step((features, labels))
    assert distance() < 0.85 * before
