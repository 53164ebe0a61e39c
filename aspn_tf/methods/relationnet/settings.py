"""RelationNet's settings; published ones, but for the rate and the length."""

import dataclasses

from aspn_tf.methods import settings
from aspn_tf.methods.settings import Log, setting


@dataclasses.dataclass(frozen=True)
class Settings(settings.Settings):
    """Hyper-parameters of RelationNet; the help of a field documents it."""

    epochs: int = setting(100, "Epochs, at most.", low=1, lever=(50, 100, 200))
    steps_per_epoch: int = settings.steps_per_epoch(0)
    batch_size: int = setting(32, "Examples a step.", low=1)
    patience: int = settings.patience(5)
    learning_rate: float = setting(
        1e-4,
        "Adam's, at first. Published is 1e-5 for 500,000 updates, some 800 "
        "passes over AWA1; this is ours, for a tenth of them.",
        low=0.0,
        lever=Log(1e-5, 1e-3),
    )
    halving_steps: int = setting(
        200_000, "Updates after which the learning rate is halved.", low=1
    )
    weight_decay: float = setting(
        1e-5,
        "Of the attribute network alone, coupled with Adam's moments: half of "
        "it times the squares joins the loss.",
        low=0.0,
    )
    hidden_width: int = setting(
        1024, "Units of the attribute network's hidden layer.", low=1
    )
    relation_width: int = setting(
        400, "Units of the relation network's hidden layer.", low=1
    )
    feature_scaling: str = settings.feature_scaling()
    semantics_length: float = settings.semantics_length(
        100.0, lever=(10.0, 100.0, 300.0)
    )
