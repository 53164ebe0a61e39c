"""f-VAEGAN-D2, inductive: a VAE and a WGAN of features share a generator.

Xian et al., "f-VAEGAN-D2: a feature generating framework for any-shot
learning", CVPR 2019. With E the encoder, G the generator and decoder, D the
critic, encoder and generator minimise

    BCE(G(z, s), x) + KL(E(x, s) || N(0, 1)) - gamma E[D(G(z, s), s)]

where z is drawn from E(x, s), and D as in CLSWGAN tells x from G(z, s). The
softmaxes are trained on G(z, s) of unseen classes with z ~ N(0, 1).

The authors published no code for zero-shot learning. Networks, rates and
gamma are those of TF-VAEGAN's code (Narayan et al., ECCV 2020), whose part
without decoder and feedback this is; as there, semantics have norm 1, the
encoder's Adam has the default betas, and the weight of the gradient penalty
goes up or down by 1.1 with the penalty itself. There D judges encodings only
(FLO: noise only). By default here it is shown features of noise, and the
generator is charged for both, as in the baseline of AVCA-GZSL, which
carries the structure of the authors' release for few shots. The factor gamma
of the critic's own loss, which Adam does not see, is left out. That the paper
itself has gamma = 1000 is from memory.

Left out: D2, a second critic on unlabelled images of unseen classes, which is
transductive (the printed rows are inductive); the choice of the epoch on
test, which is that code's. Ours: for features that can be negative, a linear
output and half the squared error in place of sigmoid and cross-entropy; a
bound on log variances; a floor of 1e-6 under the penalty's weight.
"""

import keras
import tensorflow as tf

from aspn_tf.methods.adam import FusedAdam
from aspn_tf.methods.fvaegan.model import Encoder, FVAEGANModel, PairedAdam
from aspn_tf.methods.gan import make_networks
from aspn_tf.methods.synthesis import Synthesizer


class FVAEGAN(Synthesizer):
    """Encoder, generator, critic, and the final softmaxes."""

    title = "f-VAEGAN"
    notes = (
        "f-VAEGAN-D2's descendant, whose published code has its hyper-"
        "parameters, makes 240 to 1,000 passes over the data. Here it had "
        "--fvaegan.epochs of --fvaegan.steps_per_epoch updates of the "
        "generator at most, and ended where --fvaegan.patience of them "
        "brought no rise on validation.",
    )

    def networks(self):
        """The networks of the count: one of the two softmaxes."""
        return {"encoder": self.model.encoder, **super().networks()}

    def _semantics(self, semantics):
        return tf.math.l2_normalize(semantics, axis=-1)

    def _model(self):
        view, settings = self.view, self.settings
        self.batches_per_step = settings.critic_steps
        networks = make_networks(
            view, settings.hidden_width, signed=True, seed=self.seed
        )
        encoder = Encoder(
            view.feature_width,
            view.semantics_width,
            view.semantics_width,
            settings.hidden_width,
            initializer=keras.initializers.RandomNormal(stddev=0.02),
            name="encoder",
        )
        model = FVAEGANModel(
            **networks,
            class_semantics=self.class_semantics,
            critic_steps=settings.critic_steps,
            penalty_weight=settings.penalty_weight,
            seed=self.seed,
            encoder=encoder,
            adversarial_weight=settings.adversarial_weight,
            fakes=settings.fakes,
            controlled=settings.controlled,
            signed=self.scale.signed,
        )
        rate, beta_1 = settings.learning_rate, settings.beta_1
        model.compile(
            PairedAdam(
                rate,
                beta_1=beta_1,
                first=len(model.generator.trainable_variables),
                other_beta_1=settings.encoder_beta_1,
            ),
            FusedAdam(rate, beta_1=beta_1),
        )
        return model
