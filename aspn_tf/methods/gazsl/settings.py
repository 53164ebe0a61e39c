"""GAZSL's settings; those of its published code for AWA are the defaults."""

import dataclasses

from aspn_tf.methods import settings
from aspn_tf.methods.gan_settings import Wasserstein
from aspn_tf.methods.settings import Log, setting


@dataclasses.dataclass(frozen=True)
class Settings(Wasserstein):
    """Hyper-parameters of GAZSL; the help of a field documents it."""

    epochs: int = setting(75, "Epochs, at most.", low=1, lever=(10, 30, 75))
    steps_per_epoch: int = settings.steps_per_epoch(40)
    batch_size: int = setting(1024, "Examples an update.", low=1)
    beta_2: float = setting(
        0.9, "Adam's, for generator and critic.", low=0.0, high=0.9999
    )
    noise_width: int = setting(10, "Width of the noise.", low=0)
    classification_weight: float = setting(
        0.5,
        "Of the classification loss of generated features, in the "
        "generator's objective; in the critic's it is 1.",
        low=0.0,
        lever=(0.1, 0.5, 1.0),
    )
    pivot_weight: float = setting(
        5.0,
        "Of the distances from means of generated features to those of real "
        "ones.",
        low=0.0,
        lever=Log(0.1, 50.0),
    )
    decay: float = setting(
        1e-3, "Of the generator's squared weights, biases apart.", low=0.0
    )
    synthetic_per_class: int = setting(
        60, "Features generated for each class, the neighbours.", low=1
    )
    neighbours: int = setting(20, "How many of them vote.", low=1)
    prototype_samples: int = setting(
        60, "Generated features whose mean is a class's prototype.", low=1
    )
