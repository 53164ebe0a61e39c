"""GDAN: a conditional VAE, a regressor and a discriminator, in two stages.

Huang et al., "Generative dual adversarial network for generalized zero-shot
learning", CVPR 2019. E encodes a feature x without its semantics s, G(s, z)
decodes, R(x) infers semantics, D judges pairs by least squares. The first
stage is the VAE's loss alone, for E and G; in the second, D minimises

    (D(x, s) - 1)^2 + D(x', s)^2 + t3 D(x, R(x))^2 + D(x, s')^2

and E, G and R together, on other examples,

    1/2 |x - x'|^2 + KL + (D(x', s) - 1)^2 + t2 |R(x) - s|^2
    + t1 (|R(x') - s|^2 + |G(R(x), z) - x|^2) + t3 (D(x, R(x)) - 1)^2

with x' = G(s, z), z drawn from E(x), s' the semantics of another seen class;
the VAE's two terms are sums over dimensions, all other squares means, so that
with the published weights of 0.1 the system is nearly its VAE.

As in the published code: features as they are, codes and synthesis from
uniform noise on [0, 1) (`noise`), the decay of weights coupled to Adam, dropout
in both stages. Not as there: it trains on images of 27 of AWA2's 40 seen
classes, test images among them, and answers by the nearest neighbour among
those and 500 generated features a class, which makes its printed s a share of
classes (27/40, 100/150) and nothing else; here it trains on all of the training
examples, and the final softmaxes that the other generators have answer. Its
first stage takes the same batches in the same order and never resets its
gradients; here batches are random and gradients those of one batch. R ends
without a ReLU, as semantics may be negative. Ours: semantics divided by their
mean norm; for features that can be negative, standardised ones and a decoder
without a ReLU.
"""

import keras
import numpy as np
import tensorflow as tf

from aspn_tf.methods.gan import places
from aspn_tf.methods.gdan.model import CVAE, GDANModel
from aspn_tf.methods.gdan.networks import (
    CoupledAdam,
    Encoder,
    Regressor,
    start,
)
from aspn_tf.methods.synthesis import Synthesizer
from aspn_tf.methods.training import Steps
from aspn_tf.model.critic import Critic
from aspn_tf.model.networks import Generator


class GDAN(Synthesizer):
    """Encoder, decoder, regressor, discriminator; softmaxes that answer."""

    title = "GDAN"
    raw = True
    batches_per_step = 2
    notes = (
        "GDAN's published code runs to 1000 and 500 epochs and uses states of "
        "150 to 670 and 30 to 220. Here it had --gdan.cvae_epochs and at most "
        "--gdan.epochs, and ended where --gdan.patience of the latter brought "
        "no rise on validation.",
    )

    def abilities(self):
        """Those of every synthesizer, and the description of features."""
        return {**super().abilities(), "describe": self.describe}

    def describe(self, features):
        """Inferred semantics (n, q), in the units of the data's own."""
        return self.model.regressor(self.scale(features)) * self._norm

    def networks(self):
        """The networks of the count and one of the two softmaxes."""
        return {
            "encoder": self.model.encoder,
            "regressor": self.model.regressor,
            **super().networks(),
        }

    @property
    def _norm(self):
        """The mean norm of the semantics of all classes, never 0."""
        norms = np.linalg.norm(self.view.semantics, axis=1)
        return np.float32(norms.mean() or 1.0)

    def _semantics(self, semantics):
        return semantics / self._norm

    def _model(self):
        view, settings = self.view, self.settings
        width, semantics_width = view.feature_width, view.semantics_width
        keras.utils.set_random_seed(self.seed)
        encoder = Encoder(
            width,
            (settings.encoder_width, settings.encoder_second_width),
            settings.noise_width,
            name="encoder",
        )
        generator = Generator(
            semantics_width,
            settings.noise_width,
            width,
            settings.decoder_width,
            output="linear" if self.scale.signed else "relu",
            name="generator",
        )
        model = GDANModel(
            **self._shared(encoder, generator),
            regressor=Regressor(
                width,
                semantics_width,
                settings.regressor_width,
                name="regressor",
            ),
            critic=Critic(
                width,
                semantics_width,
                settings.discriminator_width,
                name="critic",
            ),
            seen=view.seen,
            place=places(view.seen, view.class_count),
            cycle_weight=settings.cycle_weight,
            regression_weight=settings.regression_weight,
            regressed_weight=settings.regressed_weight,
        )
        networks = model.encoder, model.generator, model.regressor, model.critic
        start(networks, self.seed)
        model.compile(self._adam(settings.beta_1), self._adam(settings.beta_1))
        return model

    def _shared(self, encoder, generator):
        """What both stages are built of."""
        return {
            "encoder": encoder,
            "generator": generator,
            "class_semantics": self.class_semantics,
            "dropout": self.settings.dropout,
            "uniform": self.settings.noise == "uniform",
            "seed": self.seed,
        }

    def _adam(self, beta_1):
        settings = self.settings
        return CoupledAdam(
            settings.learning_rate, beta_1=beta_1, decay=settings.decay
        )

    def _pretrain(self):
        """The first stage; nothing of it but the weights is needed after."""
        stage = CVAE(**self._shared(self.model.encoder, self.model.generator))
        stage.compile(self._adam(0.9))
        train = Steps(stage)
        for number in range(1, self.settings.cvae_epochs + 1):
            self._epoch(train, 1, number)

    def _noise(self, count, stream):
        if self.settings.noise == "normal":
            return super()._noise(count, stream)
        seed = tf.constant([self.seed, stream], tf.int64)
        shape = count, self.settings.noise_width
        return tf.random.stateless_uniform(shape, seed)
