"""E-PGN's settings; those of its published code for AWA1 are the defaults."""

import dataclasses

from aspn_tf.methods import settings
from aspn_tf.methods.settings import Log, setting


@dataclasses.dataclass(frozen=True)
class Settings(settings.Settings):
    """Hyper-parameters of E-PGN; the help of a field documents it."""

    epochs: int = setting(
        30, "Draws of held-out classes, at most.", low=1, lever=(15, 30, 50)
    )
    patience: int = settings.patience(5)
    episodes: int = setting(
        50, "Batches of the other classes, three updates each, an epoch.", low=1
    )
    refinements: int = setting(
        100,
        "Updates of the generator on the held-out classes, an epoch.",
        low=0,
        lever=(0, 10, 30, 100),
    )
    refinement_rows: int = setting(
        1024,
        "Examples of the held-out classes that an epoch refines on, drawn "
        "with replacement (ours; all of them in the published code).",
        low=1,
    )
    held_out_classes: int = setting(
        10, "Seen classes held out in an epoch; at most a quarter.", low=1
    )
    batch_size: int = setting(100, "Examples an episode.", low=1)
    learning_rate: float = setting(
        5e-5,
        "Adam's; a refinement has a tenth.",
        low=0.0,
        lever=Log(1e-5, 1e-3),
    )
    hidden_width: int = setting(
        1800, "Units of generator's and decoder's hidden layer.", low=1
    )
    decoder_activation: str = setting(
        "tanh", "Of the decoder's hidden layer.", choices=("tanh", "relu")
    )
    decoder_keep: float = setting(
        0.8,
        "The share of the decoder's hidden units that dropout keeps.",
        low=0.01,
        high=1.0,
    )
    critic_width: int = setting(
        1200, "Units of the discriminator's hidden layer.", low=1
    )
    critic_keep: float = setting(
        0.3,
        "The share of the discriminator's hidden units that dropout keeps.",
        low=0.01,
        high=1.0,
    )
    adversarial_weight: float = setting(
        1.0,
        "Of the discriminator's term; 0: no discriminator.",
        low=0.0,
        lever=(0.0, 1.0),
    )
