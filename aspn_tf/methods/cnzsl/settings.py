"""CNZSL's settings; those of its published notebook are the defaults."""

import dataclasses

from aspn_tf.methods import settings
from aspn_tf.methods.settings import Log, setting


@dataclasses.dataclass(frozen=True)
class Settings(settings.Settings):
    """Hyper-parameters of CNZSL; the help of a field documents it."""

    epochs: int = setting(
        50,
        "Epochs, at most; after half of them the learning rate is a tenth.",
        low=1,
        lever=(20, 50),
    )
    steps_per_epoch: int = settings.steps_per_epoch(0)
    batch_size: int = setting(256, "Examples a step.", low=1)
    patience: int = settings.patience(10)
    learning_rate: float = setting(
        5e-4, "Adam's, at first.", low=0.0, lever=Log(1e-4, 2e-3)
    )
    weight_decay: float = setting(
        1e-4,
        "Of all weights, coupled with Adam's moments: half of it times their "
        "squares joins the loss.",
        low=0.0,
    )
    hidden_width: int = setting(
        1024, "Units of the network's two hidden layers.", low=1
    )
    normalisation: str = setting(
        "variance",
        "What centred units are divided by: their variance over the classes, "
        "as in the published code, or its root, as in a batch normalisation.",
        choices=("variance", "deviation"),
        lever=("variance", "deviation"),
    )
    temperature: float = setting(
        0.04,
        "Divides the cosines; published as a factor of 5 on either side.",
        low=1e-6,
    )
