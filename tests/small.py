"""Every method small enough to train in a test; one place for its settings."""

from aspn_tf.evaluation import selection
from aspn_tf.methods import registry

GAN = {
    "epochs": 2,
    "steps_per_epoch": 3,
    "hidden_width": 16,
    "batch_size": 8,
    "synthetic_per_class": 10,
    "critic_steps": 2,
}
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
