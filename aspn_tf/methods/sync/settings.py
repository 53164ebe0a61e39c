"""SYNC's settings: the regulariser and the scale of the kernel."""

import dataclasses

from aspn_tf.methods import settings
from aspn_tf.methods.settings import setting

CHOSEN = "0: that of a grid which is best on the validation partition."


@dataclasses.dataclass(frozen=True)
class Settings(settings.Settings):
    """Hyper-parameters of SYNC; the help of a field documents it."""

    regulariser: float = setting(
        0.0,
        f"Lambda, of the classifiers' squared length; {CHOSEN}",
        low=0.0,
        grid=True,
    )
    kernel_scale: float = setting(
        0.0,
        "What multiplies squared distances of semantics, in units of their "
        f"median distance; {CHOSEN}",
        low=0.0,
    )
    iterations: int = setting(1000, "Of L-BFGS for one lambda, at most.", low=1)
