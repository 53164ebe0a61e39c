"""LATEM's settings: DeViSE's, and how many maps there are."""

import dataclasses

from aspn_tf.methods.devise import settings
from aspn_tf.methods.settings import setting


@dataclasses.dataclass(frozen=True)
class Settings(settings.Settings):
    """Hyper-parameters of LATEM; the help of a field documents it."""

    # Published for AWA alone; from 2, 4, 6, 8, 10 on validation.
    maps: int = setting(
        2, "K, the latent bilinear maps.", low=1, lever=(2, 4, 6, 8, 10)
    )
