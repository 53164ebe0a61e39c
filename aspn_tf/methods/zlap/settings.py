"""ZLAP's settings; those of its published code are the defaults."""

import dataclasses

from aspn_tf.methods import settings
from aspn_tf.methods.gan_settings import Wasserstein
from aspn_tf.methods.settings import Log, setting


@dataclasses.dataclass(frozen=True)
class Settings(Wasserstein):
    """Hyper-parameters of ZLAP; the help of a field documents it."""

    # Published are up to 2000 passes over the data, each of n / 512 updates.
    epochs: int = setting(30, "Epochs, at most.", low=1, lever=(10, 30, 60))
    steps_per_epoch: int = settings.steps_per_epoch(20)
    patience: int = settings.patience(3)
    batch_size: int = setting(512, "Examples an update.", low=1)
    beta_1: float = setting(
        0.5, "Adam's, for all networks.", low=0.0, high=0.999
    )
    synthetic_per_class: int = setting(
        10, "Features generated for each unseen class.", low=1
    )
    ratio: float = setting(
        0.0,
        "Prior odds of seen to unseen classes while prototypes are trained; 0: "
        "four times the odds of the examples, about what is published.",
        low=0.0,
    )
    choose_ratio: bool = setting(
        True,
        "Without a ratio, let validation choose among a quarter of the "
        "default, itself, and four times as much.",
    )
    prototype_epochs: int = setting(
        60,
        "Passes of the prototype network over what it learns from; after "
        "every half of them its learning rate is halved.",
        low=0,
    )
    prototype_batch_size: int = setting(
        512, "Examples a step of the prototype network.", low=1
    )
    prototype_learning_rate: float = setting(
        1e-4,
        "Adam's, for the prototype network, at first.",
        low=0.0,
        lever=Log(3e-5, 3e-3),
    )
    prototype_weight_decay: float = setting(
        1e-4,
        "Of the prototype network, coupled with Adam's moments: half of it "
        "times the squares joins the loss.",
        low=0.0,
    )
    prototype_width: int = setting(
        1024, "Units of the prototype network's hidden layer.", low=1
    )
    temperature: float = setting(0.04, "Divides the cosines.", low=1e-6)

    def unvalidated(self):
        """Without a choice of the ratio."""
        return self.replace(choose_ratio=False)
