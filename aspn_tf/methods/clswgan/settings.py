"""CLSWGAN's settings; those of its published code for CUB are the defaults."""

import dataclasses

from aspn_tf.methods import settings
from aspn_tf.methods.settings import Log, setting


@dataclasses.dataclass(frozen=True)
class Settings(settings.Settings):
    """Hyper-parameters of CLSWGAN; the help of a field documents it."""

    epochs: int = setting(5, "Epochs, at most.", low=1, lever=(5, 10, 20))
    # Nothing starts it in closed form: on digit_pairs the validation rises
    # until 400 to 600 updates.
    steps_per_epoch: int = setting(
        100,
        "Updates of the generator an epoch; 0: one pass over the data.",
        low=0,
    )
    batch_size: int = setting(64, "Examples an update.", low=1)
    critic_steps: int = setting(
        5, "Updates of the critic to one of the generator.", low=1
    )
    learning_rate: float = setting(
        1e-4,
        "Adam's, for generator and critic.",
        low=0.0,
        lever=Log(1e-5, 1e-3),
    )
    beta_1: float = setting(
        0.5, "Adam's, for generator and critic.", low=0.0, high=0.999
    )
    hidden_width: int = setting(
        4096, "Units of the hidden layers of generator and critic.", low=1
    )
    penalty_weight: float = setting(
        10.0, "Of the critic's gradient penalty.", low=0.0
    )
    classification_weight: float = setting(
        0.01,
        "Of the seen softmax's loss on generated features.",
        low=0.0,
        lever=(0.0, 0.01, 0.1),
    )
    seen_softmax_epochs: int = setting(
        50, "Passes over real features of the seen softmax.", low=0
    )
    seen_softmax_batch_size: int = setting(
        100, "Examples a step of the seen softmax.", low=1
    )
    synthetic_per_class: int = setting(
        300, "Features generated for each unseen class.", low=1
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
    prototype_samples: int = setting(
        30, "Generated features whose mean is a class's prototype.", low=1
    )
