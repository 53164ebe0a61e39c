"""SAE's one setting."""

import dataclasses

from aspn_tf.methods import settings
from aspn_tf.methods.settings import setting


@dataclasses.dataclass(frozen=True)
class Settings(settings.Settings):
    """Hyper-parameters of SAE; the help of a field documents it."""

    encoder_weight: float = setting(
        0.0,
        "Lambda, the weight of the encoder's term; 0: that of a grid which is "
        "best on the validation partition.",
        low=0.0,
        grid=True,
    )
