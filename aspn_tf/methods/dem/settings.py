"""DEM's settings: of its published code for AWA, but for the decay."""

import dataclasses

from aspn_tf.methods import settings
from aspn_tf.methods.settings import Log, setting


@dataclasses.dataclass(frozen=True)
class Settings(settings.Settings):
    """Hyper-parameters of DEM; the help of a field documents it."""

    epochs: int = setting(200, "Epochs, at most.", low=1, lever=(50, 100, 200))
    steps_per_epoch: int = settings.steps_per_epoch(0)
    batch_size: int = setting(64, "Examples a step.", low=1)
    patience: int = settings.patience(5)
    learning_rate: float = setting(
        1e-4, "Adam's.", low=0.0, lever=Log(1e-5, 1e-3)
    )
    weight_decay: float = setting(
        1e-5,
        "Lambda, of half the squares of all weights and biases. Published are "
        "1e-3 for AWA, 1e-2 for CUB, 1e-5 for SUN, with semantics of length "
        "about 300; with those of length 1, 1e-3 draws all prototypes to one "
        "point where classes are a small part of what varies.",
        low=0.0,
        lever=(1e-5, 1e-4, 1e-3, 1e-2),
    )
    hidden_width: int = setting(1600, "Units of the hidden layer.", low=1)
    metric: str = setting(
        "euclidean",
        "What the nearest prototype is; the cosine on CUB.",
        choices=("euclidean", "cosine"),
    )
    feature_scaling: str = settings.feature_scaling()
    semantics_length: float = settings.semantics_length(
        1.0, lever=(1.0, 10.0, 100.0)
    )
