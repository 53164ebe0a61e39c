"""COSMO's settings: those of the gate, and those of CLSWGAN, its expert."""

import dataclasses

from aspn_tf.methods import registry
from aspn_tf.methods import settings as shared
from aspn_tf.methods.clswgan import settings
from aspn_tf.methods.settings import setting

OWN = "cosmo"
CHOSEN = "0: chosen by H on the held-out examples."


@dataclasses.dataclass(frozen=True)
class Settings(settings.Settings):
    """Hyper-parameters of COSMO; the help of a field documents it.

    Those that CLSWGAN has too are its, where it is the expert; another expert
    has its own defaults.
    """

    expert: str = setting(
        "clswgan",
        "The method that recognises unseen classes.",
        choices=tuple(name for name in registry.METHODS if name != OWN),
        lever=("clswgan", "eszsl"),
    )
    patience: int = shared.patience(2)
    expert_temperature: float = setting(
        0.0,
        "Divides the expert's scores before their softmax; 0: 1 where they "
        "are logits of one, else that which is most likely on the held-out "
        "examples.",
        low=0.0,
    )
    seen_penalty: float = setting(
        1.0,
        "C of the logistic regression that recognises seen classes: what the "
        "loss, summed over the examples, counts beside |W|^2 / 2.",
        low=1e-6,
    )
    seen_iterations: int = setting(
        2000, "Of that regression's L-BFGS, at most.", low=1
    )
    gate_penalty: float = setting(1.0, "C of the gate.", low=1e-6)
    gate_temperature: float = setting(
        0.0, f"Tau, of the gate; {CHOSEN}", low=0.0
    )
    gate_threshold: float = setting(0.0, f"Theta, of the gate; {CHOSEN}")

    def left_to_grids(self):
        """Those of its expert, which has its own defaults."""
        kind = registry.settings_class(self.expert)
        return [] if isinstance(self, kind) else kind().left_to_grids()
