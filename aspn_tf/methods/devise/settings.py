"""DeViSE's settings, which are those of every bilinear comparator."""

import dataclasses

from aspn_tf.methods import settings
from aspn_tf.methods.settings import Log, setting


@dataclasses.dataclass(frozen=True)
class Settings(settings.Settings):
    """Hyper-parameters of DeViSE; the help of a field documents it."""

    epochs: int = setting(150, "Epochs, at most.", low=1)
    patience: int = settings.patience(10)
    steps_per_epoch: int = settings.steps_per_epoch(0)
    # A step's sum over the batch is B single steps while B rate |x|^2 < 1.
    batch_size: int = setting(
        16, "Examples a step, whose single steps are summed.", low=1
    )
    learning_rate: float = setting(
        0.0,
        "Of an example's step; 0: that of a grid which is best on the "
        "validation partition, all trained side by side.",
        low=0.0,
        lever=Log(1e-4, 1.0),
    )
    margin: float = setting(
        1.0,
        "By which the true class is to be above the others. A smaller one is "
        "the same as a larger learning rate, but for the start.",
        low=0.0,
    )
