"""SJE's settings: DeViSE's."""

import dataclasses

from aspn_tf.methods.devise import settings


@dataclasses.dataclass(frozen=True)
class Settings(settings.Settings):
    """Hyper-parameters of SJE; the help of a field documents it."""
