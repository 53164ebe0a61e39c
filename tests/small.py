"""Every method small enough to train in a test; one place for its settings."""

import pytest

from aspn_tf.evaluation import selection
from aspn_tf.methods import registry

QUICK = ("aspn", "devise", "eszsl", "sae", "clswgan")  # of each family one
GAN = {
    "epochs": 2,
    "steps_per_epoch": 3,
    "hidden_width": 16,
    "batch_size": 8,
    "synthetic_per_class": 10,
    "critic_steps": 2,
}
BILINEAR = {"epochs": 4, "batch_size": 8}
SMALL = {
    "aspn": {
        "epochs": 2,
        "steps_per_epoch": 4,
        "batch_size": 16,
        "hidden_width": 16,
    },
    "cadavae": {
        "epochs": 2,
        "steps_per_epoch": 40,
        "batch_size": 16,
        "learning_rate": 0.01,
        "latent_width": 8,
        "feature_encoder_width": 16,
        "feature_decoder_width": 16,
        "semantics_encoder_width": 16,
        "semantics_decoder_width": 16,
        "real_per_class": 10,
        "latents_per_class": 10,
    },
    "clswgan": GAN,
    "cosmo": GAN,
    "cycle_clswgan": GAN,
    "devise": BILINEAR,
    "ale": BILINEAR,
    "sje": BILINEAR,
    "latem": BILINEAR,
    "sync": {"kernel_scale": 1.0, "iterations": 100},
    "cnzsl": {
        "epochs": 8,
        "batch_size": 16,
        "hidden_width": 32,
        "learning_rate": 5e-3,
    },
    "dem": {
        "epochs": 12,
        "batch_size": 16,
        "hidden_width": 16,
        "learning_rate": 2e-2,
        "semantics_length": 5.0,
    },
    "relationnet": {
        "epochs": 30,
        "batch_size": 16,
        "hidden_width": 16,
        "relation_width": 16,
        "learning_rate": 1e-2,
        "semantics_length": 2.0,
    },
    "zlap": {
        **GAN,
        "prototype_epochs": 40,
        "prototype_batch_size": 32,
        "prototype_learning_rate": 1e-2,
        "prototype_width": 16,
    },
    "fvaegan": GAN,
    "gazsl": {**GAN, "steps_per_epoch": 20, "learning_rate": 1e-2},
    "gdan": {
        "epochs": 2,
        "steps_per_epoch": 20,
        "batch_size": 16,
        "learning_rate": 3e-3,
        "noise_width": 3,
        "encoder_width": 16,
        "encoder_second_width": 12,
        "decoder_width": 16,
        "regressor_width": 16,
        "discriminator_width": 16,
        "cvae_epochs": 1,
        "synthetic_per_class": 10,
    },
    "lisgan": GAN,
    "epgn": {
        "epochs": 2,
        "episodes": 4,
        "refinements": 3,
        "refinement_rows": 16,
        "batch_size": 16,
        "hidden_width": 16,
        "critic_width": 16,
        "learning_rate": 0.01,
    },
}


def of_every_method(mark, *values):
    """Parameters of a test; those of a method that is not `QUICK` mark it."""
    for name in registry.METHODS:
        marks = [] if name in QUICK else [mark]
        yield pytest.param(name, *values, marks=marks)


def settings(name, **changes):
    """The small `Settings` of a method."""
    return registry.settings_class(name)(**{**SMALL.get(name, {}), **changes})


def built(name, view, seed=0, **changes):
    """A small method, not yet trained."""
    return registry.build(name, view, settings(name, **changes), seed)


def trained(name, view, seed=0, setting=None, **changes):
    """A small method, trained to a setting (its last state) and in use."""
    method = built(name, view, seed, **changes)
    for _ in selection.train(method, setting):
        pass
    return method
