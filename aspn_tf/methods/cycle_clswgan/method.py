"""Cycle-CLSWGAN: CLSWGAN whose features must give their semantics back.

Felix et al., "Multi-modal cycle-consistent generalized zero-shot learning",
ECCV 2018. A linear regressor R from features to semantics is trained on real
features first; then 0.01 ||s - R(G(s, z))||^2 joins the generator's objective.
With the noise as wide as the semantics this is the 18.1M of the paper's
Table 2: 18,112,648 on AWA's sizes. All else is as in CLSWGAN; its published
code has the critic at ten times the generator's learning rate, and starts
from Glorot's weights.
"""

import numpy as np
import tensorflow as tf

from aspn_tf.methods.clswgan.method import CLSWGAN
from aspn_tf.methods.clswgan.model import CLSWGANModel
from aspn_tf.methods.linear_softmax import Linear


class CycleCLSWGANModel(CLSWGANModel):
    """The GAN, whose features a fixed regressor must describe.

    Args:
      *args: those of `CLSWGANModel`.
      regressor: R, a `Linear` that real features trained.
      cycle_weight: of the cycle's term.
      **kwargs: those of `CLSWGANModel`.
    """

    TERMS = (*CLSWGANModel.TERMS, "cycle")

    def __init__(self, *args, regressor, cycle_weight, **kwargs):
        super().__init__(*args, **kwargs)
        self.regressor = regressor
        self.cycle_weight = cycle_weight

    def generator_terms(self, generated, semantics, labels):
        """CLSWGAN's terms and the cycle's."""
        terms = super().generator_terms(generated, semantics, labels)
        cycle = self.regressor.loss(generated, semantics)
        return {**terms, "cycle": self.cycle_weight * cycle}


class CycleCLSWGAN(CLSWGAN):
    """CLSWGAN with a regressor and the cycle's term; see `CLSWGAN`."""

    title = "Cycle-CLSWGAN"
    notes = (
        "Cycle-CLSWGAN's published code makes 285 to 926 passes over the "
        "data. Here it had --cycle_clswgan.epochs of "
        "--cycle_clswgan.steps_per_epoch updates of the generator at most, "
        "and ended where --cycle_clswgan.patience of them brought no rise on "
        "validation.",
    )

    def abilities(self):
        """CLSWGAN's, and the description of features."""
        return {**super().abilities(), "describe": self.describe}

    def describe(self, features):
        """Inferred semantics (n, q), in the units of the data's own."""
        return self.regressor(self.scale(features))

    def networks(self):
        """The networks of the paper's count; see `CLSWGAN.networks`."""
        return {**super().networks(), "regressor": self.regressor.layer}

    def _gan(self, **parts):
        self.regressor = Linear(
            self.view.feature_width,
            np.zeros(self.view.semantics_width),
            self.settings.regressor_learning_rate,
            beta_1=0.9,
            seed=self.seed,
            name="regressor",
        )
        return CycleCLSWGANModel(
            **parts,
            regressor=self.regressor,
            cycle_weight=self.settings.cycle_weight,
        )

    def _pretrain(self):
        super()._pretrain()
        self.regressor.fit(
            self._features,
            tf.gather(self.class_semantics, self._labels),
            self.settings.regressor_epochs,
            self.settings.batch_size,
        )
