"""GDAN's settings; those of its published code for AWA2 are the defaults."""

import dataclasses

from aspn_tf.methods import settings
from aspn_tf.methods.gan_settings import Softmaxes
from aspn_tf.methods.settings import Log, setting


@dataclasses.dataclass(frozen=True)
class Settings(Softmaxes):
    """Hyper-parameters of GDAN; the help of a field documents it."""

    epochs: int = setting(
        50, "Epochs of the second stage, at most.", low=1, lever=(10, 30, 50)
    )
    steps_per_epoch: int = settings.steps_per_epoch(0)
    cvae_epochs: int = setting(
        150, "Epochs of the first stage, of encoder and decoder alone.", low=0
    )
    batch_size: int = setting(256, "Examples an update.", low=1)
    learning_rate: float = setting(
        1e-5, "Adam's, in both stages.", low=0.0, lever=Log(1e-6, 1e-3)
    )
    beta_1: float = setting(
        0.8,
        "Adam's in the second stage; in the first it is 0.9.",
        low=0.0,
        high=0.999,
    )
    decay: float = setting(
        0.01,
        "Times each weight, added to its gradient.",
        low=0.0,
    )
    noise: str = setting(
        "uniform",
        "Whence codes and synthesis draw: uniform in [0, 1), as published, or "
        "N(0, 1).",
        choices=("uniform", "normal"),
    )
    noise_width: int = setting(100, "Width of codes and noise.", low=1)
    dropout: float = setting(
        0.3, "Of the encoder's first layer.", low=0.0, high=0.9
    )
    encoder_width: int = setting(
        1024, "Units of the encoder's first layer.", low=1
    )
    encoder_second_width: int = setting(
        512, "Units of the encoder's second layer.", low=1
    )
    decoder_width: int = setting(
        512, "Units of the decoder's hidden layer.", low=1
    )
    regressor_width: int = setting(
        512, "Units of the regressor's hidden layer.", low=1
    )
    discriminator_width: int = setting(
        800, "Units of the discriminator's hidden layer.", low=1
    )
    cycle_weight: float = setting(
        0.1,
        "Theta 1, of both cycles.",
        low=0.0,
        lever=Log(0.01, 100.0),
    )
    regression_weight: float = setting(
        0.1,
        "Theta 2, of the regressor's error on real features.",
        low=0.0,
        lever=Log(0.01, 100.0),
    )
    regressed_weight: float = setting(
        0.1,
        "Theta 3, of the discriminator's view of inferred semantics.",
        low=0.0,
    )
    synthetic_per_class: int = setting(
        500, "Features generated for each unseen class.", low=1
    )
