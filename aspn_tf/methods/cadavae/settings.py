"""CADA-VAE's settings; those of its published code for AWA1 are defaults."""

import dataclasses

from aspn_tf.methods import settings
from aspn_tf.methods.settings import Log, setting


@dataclasses.dataclass(frozen=True)
class Settings(settings.Settings):
    """Hyper-parameters of CADA-VAE; the help of a field documents it."""

    epochs: int = setting(
        100,
        "Epochs, at most; the weights of the terms warm up over the first 100 "
        "of them, or over all where there are fewer.",
        low=1,
        lever=(20, 50, 100),
    )
    patience: int = settings.patience(15)
    steps_per_epoch: int = settings.steps_per_epoch(0)
    batch_size: int = setting(50, "Examples a step.", low=1)
    learning_rate: float = setting(
        1.5e-4,
        "Adam's, with AMSGrad.",
        low=0.0,
        lever=Log(5e-5, 1e-3),
    )
    latent_width: int = setting(64, "Dimensions of the latent space.", low=1)
    feature_encoder_width: int = setting(
        1560, "Hidden units of the features' encoder.", low=1
    )
    feature_decoder_width: int = setting(
        1660, "Hidden units of the features' decoder.", low=1
    )
    semantics_encoder_width: int = setting(
        1450, "Hidden units of the semantics' encoder.", low=1
    )
    semantics_decoder_width: int = setting(
        665, "Hidden units of the semantics' decoder.", low=1
    )
    divergence_weight: float = setting(
        0.25, "Beta, of both divergences from N(0, 1), warmed up.", low=0.0
    )
    cross_weight: float = setting(
        2.37,
        "Gamma, of the reconstructions from the other's latents, warmed up.",
        low=0.0,
        lever=(0.0, 2.37),
    )
    alignment_weight: float = setting(
        8.13,
        "Delta, of the distance between both encodings, warmed up.",
        low=0.0,
        lever=(0.0, 8.13),
    )
    shared_noise: bool = setting(
        True,
        "One number an example for all dimensions of its latents, times their "
        "variance, as the published code; false: one a dimension, times the "
        "deviation, as the paper.",
        lever=(True, False),
    )
    real_per_class: int = setting(
        200, "Examples of a seen class that the final softmax sees.", low=1
    )
    latents_per_class: int = setting(
        400, "Latents drawn for each unseen class.", low=1
    )
    softmax_epochs: int = setting(
        33, "Passes of the softmax of all classes.", low=0
    )
    unseen_softmax_epochs: int = setting(
        25, "Passes of the softmax of unseen classes.", low=0
    )
    softmax_batch_size: int = setting(
        32, "Examples a step of the final softmaxes.", low=1
    )
