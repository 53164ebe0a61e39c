"""Config: one frozen dataclass, whose fields make the flags.

Precedence, lowest first: a field's default, the data set's recipe
`flags/<dataset>.flags`, `--reading=literal`, what the user typed (in the order
typed, `--flagfile` included).
"""

import dataclasses
import math

from aspn_tf.errors import InputError

DATASETS = ("digit_pairs", "awa1", "awa2", "cub", "flo", "xlsa17")
METHODS = ("aspn", "clswgan", "cycle_clswgan", "eszsl", "sae")
LITERAL = {
    "calibration": False,
    "learning_rate": 1e-4,
    "schedule": "constant",
    "warm_start": False,
    "steps_per_epoch": 0,
    "seen_prototypes": "generated",
    "softmax": False,
    "bidirectional": False,
    "weight_decay": 0.0,
    "visual_weight": 1.0,
    "semantic_weight": 1.0,
    "cycle_weight": 1.0,
    "adversarial_weight": 1.0,
    "classification_weight": 1.0,
    "penalty_weight": 0.01,
    "attention": True,
    "reduction": "sum",
    "penalty_form": "squared",
    "alpha_role": "mix",
    "alpha": 0.9,
    "attention_scaled": False,
    "attended_prototypes": False,
    "generator_output": "linear",
    "noise_width": -1,
    "noise_scale": 1.0,
    "semantics_scaling": "none",
    "feature_scaling": "none",
    "compatibility": "dot",
    "temperature": 1.0,
    "real_classes": "all",
    "pseudo_classes": "batch",
}


def _flag(group, default, text, choices=None, low=None, high=None):
    return dataclasses.field(
        default=default,
        metadata={
            "group": group,
            "help": text,
            "choices": choices,
            "low": low,
            "high": high,
        },
    )


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that a run depends on; `help` of a field documents it."""

    dataset: str = _flag(
        "data", "digit_pairs", "The benchmark.", choices=DATASETS
    )
    manual_dir: str = _flag(
        "data", "", "Directory that holds the folders AWA1, CUB, ... ."
    )
    name: str = _flag(
        "data", "", "Folder under --manual_dir, with --dataset=xlsa17."
    )
    semantics: str = _flag(
        "data",
        "",
        "Which class semantics where a folder holds both; empty: the data "
        "set's own default.",
        choices=("", "att", "sent"),
    )
    exclude: str = _flag(
        "data", "", "Class names, comma-separated, to leave out altogether."
    )
    data_dir: str = _flag(
        "data", "", "Where prepared data is kept; empty: TFDS's own place."
    )

    method: str = _flag("run", "aspn", "The system.", choices=METHODS)
    selection: str = _flag(
        "run",
        "validation",
        "Which epoch counts: the last; the best on the validation partition, "
        "then retrained on all of trainval; or the best on test, as the paper "
        "did.",
        choices=("last", "validation", "test"),
    )
    calibration: bool = _flag(
        "run",
        True,
        "Handicap seen classes in generalized ZSL by the scalar that is best "
        "on the validation partition (ours; with --selection=last too).",
    )
    reading: str = _flag(
        "run",
        "default",
        "literal sets every choice below to the paper's letter.",
        choices=("default", "literal"),
    )
    seed: int = _flag("run", 0, "The first seed.", low=0, high=2**31)
    seeds: int = _flag("run", 1, "How many seeds; mean and std.", low=1)
    run_dir: str = _flag(
        "run", "", "Where the run is written; empty: runs/<dataset>-<time>."
    )
    tune: int = _flag(
        "run",
        0,
        "Train nothing but search ASPN's levers by this many trials on the "
        "validation partition, and write tuned.flags; resumes --run_dir.",
        low=0,
    )
    export: str = _flag(
        "run",
        "",
        "Write the SavedModel here as well; where the name ends in .tflite, "
        "one TensorFlow Lite file.",
    )

    epochs: int = _flag("training", 5, "Epochs, at most.", low=1)
    steps_per_epoch: int = _flag(
        "training",
        20,
        "Batches an epoch, so that a large data set is not scored too rarely; "
        "0: one pass over the data.",
        low=0,
    )
    batch_size: int = _flag("training", 64, "Examples a step.", low=2)
    learning_rate: float = _flag(
        "training", 1e-5, "Adam's, for both optimizers.", low=0.0
    )
    schedule: str = _flag(
        "training",
        "cosine",
        "The learning rate over all epochs; cosine ends at 0.",
        choices=("constant", "cosine"),
    )
    weight_decay: float = _flag(
        "training", 0.0, "AdamW's, for generator and decoder.", low=0.0
    )

    warm_start: bool = _flag(
        "training",
        True,
        "Start the output layers of generator and decoder at ridge solutions "
        "(ours).",
    )

    visual_weight: float = _flag("objective", 1.0, "Of L_V, Eq. 1.", low=0.0)
    semantic_weight: float = _flag("objective", 1.0, "Of L_S, Eq. 2.", low=0.0)
    cycle_weight: float = _flag("objective", 0.01, "Of L_pre, Eq. 3.", low=0.0)
    adversarial_weight: float = _flag(
        "objective", 0.001, "Of L_D, Eq. 4.", low=0.0
    )
    classification_weight: float = _flag(
        "objective", 0.001, "Theta, of L_cls, Eq. 7.", low=0.0
    )
    penalty_weight: float = _flag(
        "objective", 10.0, "Beta, of the gradient penalty.", low=0.0
    )
    attention: bool = _flag("objective", True, "Category attention, Eq. 6.")

    reduction: str = _flag(
        "reading",
        "mean",
        "Sums of Eqs. 1-3 and 7; the paper adds them up.",
        choices=("mean", "sum"),
    )
    penalty_form: str = _flag(
        "reading",
        "norm",
        "(|g|^2-1)^2 as in Eq. 4, or the usual norm, (|g|-1)^2.",
        choices=("squared", "norm"),
    )
    alpha_role: str = _flag(
        "reading",
        "original",
        "What alpha weighs: the attended mix (Eq. 6), or the original "
        "feature (the prose).",
        choices=("mix", "original"),
    )
    alpha: float = _flag(
        "reading", 0.9, "Where the learnable alpha starts.", low=0.0, high=1.0
    )
    attention_scaled: bool = _flag(
        "reading", False, "Divide Eq. 5's products by the root of the width."
    )
    attended_prototypes: bool = _flag(
        "reading", False, "Send prototypes through the attention as well."
    )
    generator_output: str = _flag(
        "reading",
        "linear",
        "The paper does not say.",
        choices=("linear", "relu"),
    )
    noise_width: int = _flag(
        "reading",
        -1,
        "nz; -1: the semantics' width, which Table 2 implies.",
        low=-1,
    )
    noise_scale: float = _flag(
        "reading",
        0.1,
        "Standard deviation of z; 1 in the paper.",
        low=0.0,
    )
    semantics_scaling: str = _flag(
        "reading",
        "variance",
        "Each class's vector as it is, to length 1, or to the root of its "
        "width.",
        choices=("none", "unit", "variance"),
    )
    feature_scaling: str = _flag(
        "reading",
        "whiten",
        "Of features, learnt on training examples; the paper names none.",
        choices=("none", "max", "whiten"),
    )
    compatibility: str = _flag(
        "reading",
        "euclidean",
        "Eq. 8's score of a feature against a prototype; dot in the paper.",
        choices=("dot", "cosine", "euclidean"),
    )
    temperature: float = _flag(
        "reading",
        10.0,
        "Divides the compatibility in training; the paper has none (1).",
        low=1e-6,
    )
    real_classes: str = _flag(
        "reading",
        "seen",
        "Classes that Eq. 7's real term is normalised over; all in the "
        "paper, which drives unseen prototypes away.",
        choices=("seen", "all"),
    )
    pseudo_classes: str = _flag(
        "reading",
        "all",
        "Classes of Eq. 7's pseudo features: those of the batch, as printed, "
        "or all, unseen ones with their own labels.",
        choices=("batch", "all"),
    )

    seen_prototypes: str = _flag(
        "reading",
        "means",
        "At test time, prototypes of seen classes: the means of their "
        "training examples (ours), or generated like the others.",
        choices=("generated", "means"),
    )

    softmax: bool = _flag(
        "reading",
        True,
        "Let the validation partition choose whether, in generalized ZSL, a "
        "softmax on real seen and pseudo unseen features counts beside the "
        "visual nearness (ours).",
    )

    bidirectional: bool = _flag(
        "reading",
        True,
        "Let the validation partition choose how much the semantics that the "
        "decoder infers count in the score beside the visual nearness (ours).",
    )

    def __post_init__(self):
        """Raises InputError where a value is out of its bounds."""
        for field in dataclasses.fields(self):
            _check(field, getattr(self, field.name))

    def replace(self, **changes):
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    def flag_lines(self):
        """The config as lines of a flagfile, grouped as in --help."""
        return [
            f"--{field.name}={text(getattr(self, field.name))}"
            for field in dataclasses.fields(self)
        ]


def _check(field, value):
    low, high = field.metadata["low"], field.metadata["high"]
    choices = field.metadata["choices"]
    bound = None
    if isinstance(value, float) and not math.isfinite(value):
        bound = "finite"
    elif choices and value not in choices:
        bound = "one of " + ", ".join(c or "(empty)" for c in choices)
    elif low is not None and not value >= low:
        bound = f"at least {low}"
    elif high is not None and not value <= high:
        bound = f"at most {high}"
    if bound:
        raise InputError(f"`--{field.name}` must be {bound}. Received: {value}")


def text(value):
    """A value as a flag spells it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
