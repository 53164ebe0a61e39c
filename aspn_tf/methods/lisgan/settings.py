"""LisGAN's settings; those of its published code for CUB are the defaults."""

import dataclasses

from aspn_tf.methods.clswgan import settings
from aspn_tf.methods.settings import Log, setting


@dataclasses.dataclass(frozen=True)
class Settings(settings.Settings):
    """Hyper-parameters of LisGAN; the help of a field documents it."""

    seen_softmax_epochs: int = setting(
        100, "Passes over real features of the seen softmax.", low=0
    )
    softmax_epochs: int = setting(
        50, "Passes of the final softmaxes over what they learn from.", low=0
    )
    softmax_batch_size: int = setting(
        0,
        "Examples a step of the final softmaxes; 0: twice as many as are "
        "generated for a class, as published.",
        low=0,
    )
    souls: int = setting(3, "Clusters of each seen class's features.", low=1)
    soul_weight: float = setting(
        1e-3,
        "Of the squared distance of a generated feature to the nearest soul "
        "of its class.",
        low=0.0,
        lever=Log(1e-5, 1e-1),
    )
    class_soul_weight: float = setting(
        1e-2,
        "Of that of the mean of features generated for a seen class.",
        low=0.0,
        lever=Log(1e-4, 1.0),
    )
    soul_samples: int = setting(
        20, "Generated features of that mean, fresh in every update.", low=1
    )
