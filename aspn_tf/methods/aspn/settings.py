"""ASPN's settings."""

import dataclasses
from typing import ClassVar

from aspn_tf.errors import InputError
from aspn_tf.methods import settings
from aspn_tf.methods.aspn.readings import (
    LITERAL,
    OURS,
    PAPER,
    VARIANTS,
)
from aspn_tf.methods.settings import Log, setting


@dataclasses.dataclass(frozen=True)
class Settings(settings.Settings):
    """Hyper-parameters of ASPN; the help of a field documents it."""

    READINGS: ClassVar[dict] = {
        "default": {},
        "paper": PAPER,
        "literal": LITERAL,
    }
    VARIANTS: ClassVar[dict] = VARIANTS
    OURS: ClassVar[tuple] = OURS

    epochs: int = setting(
        5,
        "Epochs, at most; 0: the closed-form start alone.",
        low=0,
        lever=(5, 10, 20),
    )
    steps_per_epoch: int = settings.steps_per_epoch(20)
    batch_size: int = setting(64, "Examples a step.", low=2)
    patience: int = settings.patience(1)
    learning_rate: float = setting(
        1e-5,
        "Adam's, for both optimizers.",
        low=0.0,
        lever=Log(3e-6, 1e-3),
    )
    schedule: str = setting(
        "cosine",
        "The learning rate over all epochs; cosine ends at 0.",
        choices=("constant", "cosine"),
    )
    weight_decay: float = setting(
        0.0, "AdamW's, for generator and decoder.", low=0.0
    )
    warm_start: bool = setting(
        True,
        "Start the output layers of generator and decoder at ridge solutions "
        "(ours).",
        lever=(True, False),
    )
    shrinkage: float = setting(
        0.0,
        "Of the within-class covariance that whitens; 1 leaves its mean "
        "variance; 0: that which is best by folds over the seen classes.",
        low=0.0,
        high=1.0,
    )
    ridge: float = setting(
        0.0,
        "Of the closed-form start; 0: by folds over the seen classes.",
        low=0.0,
    )
    hidden_width: int = setting(
        1800, "Units of every network's hidden layer.", low=1
    )

    visual_weight: float = setting(1.0, "Of L_V, Eq. 1.", low=0.0)
    semantic_weight: float = setting(1.0, "Of L_S, Eq. 2.", low=0.0)
    cycle_weight: float = setting(
        0.01, "Of L_pre, Eq. 3.", low=0.0, lever=(0.0, 0.01, 0.1)
    )
    adversarial_weight: float = setting(0.001, "Of L_D, Eq. 4.", low=0.0)
    classification_weight: float = setting(
        0.001, "Theta, of L_cls, Eq. 7.", low=0.0, lever=(0.0, 1e-3, 1e-2)
    )
    penalty_weight: float = setting(
        10.0, "Beta, of the gradient penalty.", low=0.0
    )
    attention: bool = setting(True, "Category attention, Eq. 6.")

    reduction: str = setting(
        "mean",
        "Sums of Eqs. 1-3 and 7: the paper adds them up; their mean over "
        "examples, or over examples and dimensions.",
        choices=("mean", "example", "sum"),
    )
    penalty_form: str = setting(
        "norm",
        "(|g|^2-1)^2 as in Eq. 4, or the usual norm, (|g|-1)^2.",
        choices=("squared", "norm"),
    )
    alpha_role: str = setting(
        "original",
        "What alpha weighs: the attended mix (Eq. 6), or the original "
        "feature (the prose).",
        choices=("mix", "original"),
    )
    alpha: float = setting(
        0.9, "Where the learnable alpha starts.", low=0.0, high=1.0
    )
    attention_scaled: bool = setting(
        False, "Divide Eq. 5's products by the root of the width."
    )
    attended_prototypes: bool = setting(
        False, "Send prototypes through the attention as well."
    )
    generator_output: str = setting(
        "linear", "The paper does not say.", choices=("linear", "relu")
    )
    zero_output: bool = setting(
        True,
        "Start the generator's output layer at zero instead of at random "
        "weights (ours).",
    )
    noise_width: int = setting(
        -1, "nz; -1: the semantics' width, which Table 2 implies.", low=-1
    )
    noise_scale: float = setting(
        0.1,
        "Standard deviation of z; 1 in the paper.",
        low=0.0,
        lever=(0.01, 0.1, 1.0),
    )
    semantics_scaling: str = setting(
        "variance",
        "Each class's vector as it is, to length 1, or to the root of its "
        "width.",
        choices=("none", "unit", "variance"),
    )
    feature_scaling: str = setting(
        "whiten",
        "Of features, learnt on training examples; the paper names none.",
        choices=("none", "max", "variance", "whiten"),
        lever=("whiten", "max"),
    )
    compatibility: str = setting(
        "euclidean",
        "Eq. 8's score of a feature against a prototype, in training; dot in "
        "the paper.",
        choices=("dot", "cosine", "euclidean"),
    )
    temperature: float = setting(
        10.0,
        "Divides the compatibility in training; the paper has none (1).",
        low=1e-6,
    )
    metric: str = setting(
        "euclidean",
        "What the nearest prototype is at test time: by distance, as in "
        "Section 3.5, or by another compatibility.",
        choices=("dot", "cosine", "euclidean"),
    )
    real_classes: str = setting(
        "seen",
        "Classes that Eq. 7's real term is normalised over; all in the "
        "paper, which drives unseen prototypes away.",
        choices=("seen", "all"),
    )
    pseudo_classes: str = setting(
        "all",
        "Classes of Eq. 7's pseudo features: those of the batch, as printed, "
        "or all, unseen ones with their own labels.",
        choices=("batch", "all"),
    )
    sampled_classes: int = setting(
        768,
        "Of more classes, how many Eq. 7 is normalised over in a step: those "
        "of the batch and others drawn evenly, their scores corrected for it "
        "(ours); 0: all.",
        low=0,
    )
    seen_prototypes: str = setting(
        "means",
        "At test time, prototypes of seen classes: the means of their "
        "training examples, with a closed-form start a quarter of what other "
        "classes predict in them (ours), or generated like the others.",
        choices=("generated", "means"),
    )
    bidirectional: bool = setting(
        True,
        "Let validation choose how much the semantics that the "
        "decoder infers count in the score beside the visual nearness (ours).",
    )

    def __post_init__(self):
        """Raises InputError where a value is out of its bounds."""
        super().__post_init__()
        if not (self.epochs or self.warm_start):
            raise InputError(
                "`--aspn.epochs` must be at least 1 without a start to score. "
                "Received: --aspn.epochs=0 --aspn.warm_start=false"
            )

    def unvalidated(self):
        """Without the decoder's share."""
        return self.replace(bidirectional=False)
