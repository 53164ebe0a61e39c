"""f-VAEGAN-D2's settings; those of its descendant's code for CUB by default."""

import dataclasses

from aspn_tf.methods.gan_settings import Softmaxes, Wasserstein
from aspn_tf.methods.settings import setting


@dataclasses.dataclass(frozen=True)
class Settings(Softmaxes, Wasserstein):
    """Hyper-parameters of f-VAEGAN-D2; the help of a field documents it."""

    adversarial_weight: float = setting(
        10.0,
        "Gamma, of the critic's scores in the objective of generator and "
        "encoder.",
        low=0.0,
        lever=(1.0, 10.0, 100.0),
    )
    encoder_beta_1: float = setting(
        0.9, "Adam's, for the encoder.", low=0.0, high=0.999
    )
    fakes: str = setting(
        "both",
        "What the critic judges: features of encodings, of noise, or, for the "
        "generator, of both; with both, the critic itself is shown those of "
        "noise.",
        choices=("both", "encoded", "noise"),
    )
    controlled: bool = setting(
        True,
        "Let the weight of the gradient penalty rise and fall with it, from "
        "penalty_weight on.",
    )
