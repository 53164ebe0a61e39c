"""Cycle-CLSWGAN's settings: CLSWGAN's and those of the cycle."""

import dataclasses

from aspn_tf.methods.clswgan import settings
from aspn_tf.methods.settings import Log, setting


@dataclasses.dataclass(frozen=True)
class Settings(settings.Settings):
    """Hyper-parameters of Cycle-CLSWGAN; a field's help documents it."""

    cycle_weight: float = setting(
        0.01,
        "Of ||s - R(G(s, z))||^2 in the generator's objective.",
        low=0.0,
        lever=(0.0, 0.01, 0.1),
    )
    regressor_epochs: int = setting(
        40, "Passes over real features of the regressor.", low=0
    )
    regressor_learning_rate: float = setting(
        1e-4, "Adam's, for the regressor.", low=0.0, lever=Log(1e-5, 1e-2)
    )
