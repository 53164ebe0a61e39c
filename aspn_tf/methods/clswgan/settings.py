"""CLSWGAN's settings; those of its published code for CUB are the defaults."""

import dataclasses

from aspn_tf.methods.gan_settings import Softmaxes, Wasserstein
from aspn_tf.methods.settings import setting


@dataclasses.dataclass(frozen=True)
class Settings(Softmaxes, Wasserstein):
    """Hyper-parameters of CLSWGAN; the help of a field documents it."""

    classification_weight: float = setting(
        0.01,
        "Of the seen softmax's loss on generated features.",
        low=0.0,
        lever=(0.0, 0.01, 0.1),
    )
    seen_softmax_epochs: int = setting(
        50, "Passes over real features of the seen softmax.", low=0
    )
    seen_softmax_batch_size: int = setting(
        100, "Examples a step of the seen softmax.", low=1
    )
