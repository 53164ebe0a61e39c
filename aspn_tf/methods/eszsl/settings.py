"""ESZSL's settings: its two regularisers."""

import dataclasses

from aspn_tf.methods import settings
from aspn_tf.methods.settings import setting

CHOSEN = "0: that of a grid which is best on the validation partition."


@dataclasses.dataclass(frozen=True)
class Settings(settings.Settings):
    """Hyper-parameters of ESZSL; the help of a field documents it."""

    feature_ridge: float = setting(
        0.0,
        f"Gamma, the regulariser of the feature side; {CHOSEN}",
        low=0.0,
        grid=True,
    )
    semantic_ridge: float = setting(
        0.0,
        f"Lambda, the regulariser of the semantic side; {CHOSEN}",
        low=0.0,
        grid=True,
    )
