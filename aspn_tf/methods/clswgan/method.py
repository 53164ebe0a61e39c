"""CLSWGAN: a WGAN of features whose output trains softmax classifiers.

Xian et al., "Feature generating networks for zero-shot learning", CVPR 2018,
as in its published code: features scaled to [0, 1], noise as wide as the
semantics, semantics as they are, five critic updates on fresh examples for
one of the generator. For features that can be negative, such as principal
components, which it was not made for, see `FeatureScale`.
"""

from aspn_tf.methods.adam import FusedAdam
from aspn_tf.methods.clswgan.model import CLSWGANModel
from aspn_tf.methods.gan import make_networks
from aspn_tf.methods.synthesis import Synthesizer


class CLSWGAN(Synthesizer):
    """Generator, critic, and the softmaxes trained on what it generates.

    `seen_softmax`, trained in the first round on real features, supplies the
    classification loss; all else is as in `Synthesizer`.
    """

    title = "CLSWGAN"
    notes = (
        "CLSWGAN's published code makes 30 to 80 passes over the data. Here "
        "it had --clswgan.epochs of --clswgan.steps_per_epoch updates of the "
        "generator at most, and ended where --clswgan.patience of them "
        "brought no rise on validation.",
    )

    def _model(self):
        settings = self.settings
        self.batches_per_step = settings.critic_steps
        self.seen_softmax = self._softmax("seen_softmax", self.view.seen)
        model = self._gan(
            **make_networks(
                self.view, settings.hidden_width, self.scale.signed, self.seed
            ),
            class_semantics=self.class_semantics,
            critic_steps=settings.critic_steps,
            penalty_weight=settings.penalty_weight,
            seed=self.seed,
            seen_softmax=self.seen_softmax,
            classification_weight=settings.classification_weight,
        )
        model.compile(FusedAdam(settings.learning_rate, beta_1=settings.beta_1))
        return model

    def _gan(self, **parts):
        """The `FeatureGAN`; a subclass adds what its own needs."""
        return CLSWGANModel(**parts)

    def _pretrain(self):
        """Trains on real features what the generator's loss refers to."""
        self.seen_softmax.fit(
            self._features,
            self._labels,
            self.settings.seen_softmax_epochs,
            self.settings.seen_softmax_batch_size,
        )
