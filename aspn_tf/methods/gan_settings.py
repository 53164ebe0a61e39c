"""The settings that methods share which generate features."""

import dataclasses

from aspn_tf.methods import settings
from aspn_tf.methods.settings import Log, setting


@dataclasses.dataclass(frozen=True)
class Generating(settings.Settings):
    """Those of every one; the help of a field documents it."""

    epochs: int = setting(30, "Epochs, at most.", low=1, lever=(10, 30, 60))
    patience: int = settings.patience(5)
    steps_per_epoch: int = settings.steps_per_epoch(100)
    batch_size: int = setting(64, "Examples an update.", low=1)
    learning_rate: float = setting(
        1e-4,
        "Adam's, for generator and critic.",
        low=0.0,
        lever=Log(1e-5, 1e-3),
    )
    beta_1: float = setting(
        0.5, "Adam's, for generator and critic.", low=0.0, high=0.999
    )
    synthetic_per_class: int = setting(
        300, "Features generated for each unseen class.", low=1
    )


@dataclasses.dataclass(frozen=True)
class Wasserstein(Generating):
    """Those of a WGAN beside."""

    critic_steps: int = setting(
        5, "Updates of the critic to one of the generator.", low=1
    )
    hidden_width: int = setting(
        4096, "Units of the hidden layers of generator and critic.", low=1
    )
    penalty_weight: float = setting(
        10.0, "Of the critic's gradient penalty.", low=0.0
    )


@dataclasses.dataclass(frozen=True)
class Softmaxes(Generating):
    """Those of a `Synthesizer` with softmaxes beside."""

    prototype_samples: int = setting(
        30, "Generated features whose mean is a class's prototype.", low=1
    )
    softmax_epochs: int = setting(
        25, "Passes of the final softmaxes over what they learn from.", low=0
    )
    softmax_batch_size: int = setting(
        0,
        "Examples a step of the final softmaxes; 0: as many as are generated "
        "for a class, as published.",
        low=0,
    )
