"""LisGAN: CLSWGAN whose generated features must be near souls of their class.

Li et al., "Leveraging the invariant side of generative zero-shot learning",
CVPR 2019. A soul is the mean of one of three clusters of a seen class's
features, scaled to [0, 1]; they never move. To CLSWGAN's objective of the
generator come

    a mean_i min_j |x~_i - soul(y_i, j)|^2
    b 1/S sum_c min_j |xbar_c - soul(c, j)|^2

with x~_i the generated features of the batch and xbar_c the mean of 20 others
of class c, of every one of the S seen classes: `soul_weight` is a, and
`class_soul_weight` b (`proto_param2` and `proto_param1` of the published code).

Left out, as it learns from test features and is chosen on test labels: the
second classifier, for which "confident" test features join the training set
with the classes predicted for them, and the choice of the final softmax's
epoch. The printed numbers have both. Ours: features that can be negative are
standardised (see `FeatureScale`), and squared differences of them are weighed
by (deviation / range)^2, so that a and b mean what they do in [0, 1].
"""

import numpy as np
import tensorflow as tf

from aspn_tf.methods.clswgan.method import CLSWGAN
from aspn_tf.methods.clswgan.model import CLSWGANModel
from aspn_tf.methods.gan import places
from aspn_tf.methods.lisgan.souls import distance, souls_of

FRESH = 7919  # added to the seed: CLSWGAN's numbers are drawn as they were


class LisGANModel(CLSWGANModel):
    """The GAN, whose features must be near souls.

    Args:
      *args: those of `CLSWGANModel`.
      souls: `tf.Variable` (S, k, d), of the seen classes.
      metric: (d,), the weight of each squared difference.
      seen: (S,), the ids of the seen classes.
      soul_weight: a.
      class_soul_weight: b.
      soul_samples: features whose mean is a class's.
      **kwargs: those of `CLSWGANModel`.
    """

    TERMS = (*CLSWGANModel.TERMS, "soul", "class_soul")

    def __init__(
        self,
        *args,
        souls,
        metric,
        seen,
        soul_weight,
        class_soul_weight,
        soul_samples,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.souls = souls
        self.metric = tf.constant(metric, tf.float32)
        self.soul_weight = soul_weight
        self.class_soul_weight = class_soul_weight
        self.soul_samples = soul_samples
        self.fresh = tf.random.Generator.from_seed(self.seed + FRESH)
        self.seen_semantics = tf.repeat(
            tf.gather(self.class_semantics, seen), soul_samples, axis=0
        )
        self.place = tf.constant(places(seen, len(self.class_semantics)))

    def generator_terms(self, generated, semantics, labels):
        """CLSWGAN's terms and those of the souls."""
        terms = super().generator_terms(generated, semantics, labels)
        theirs = tf.gather(self.souls, tf.gather(self.place, labels))
        near = distance(generated, theirs, self.metric)
        near_mean = distance(self.class_means(), self.souls, self.metric)
        return {
            **terms,
            "soul": self.soul_weight * near,
            "class_soul": self.class_soul_weight * near_mean,
        }

    def class_means(self):
        """The mean of fresh features of every seen class, (S, d)."""
        rows = self.seen_semantics
        noise = self.fresh.normal((rows.shape[0], self.generator.noise_width))
        generated = self.generate(rows, noise)
        shape = (-1, self.soul_samples, generated.shape[-1])
        return tf.reduce_mean(tf.reshape(generated, shape), axis=1)


class LisGAN(CLSWGAN):
    """CLSWGAN with the souls and their terms; see `CLSWGAN`."""

    title = "LisGAN"
    classes_per_batch = 2
    notes = (
        "LisGAN's published numbers are those of a classifier that learns "
        "from test features as well, which is left out here; its code makes "
        "30 to 97 passes over the data. Here it had --lisgan.epochs of "
        "--lisgan.steps_per_epoch updates of the generator at most, and ended "
        "where --lisgan.patience of them brought no rise on validation.",
    )

    def _gan(self, **parts):
        view, settings = self.view, self.settings
        count = settings.souls, view.feature_width
        self.souls = tf.Variable(
            tf.zeros((len(view.seen), *count)), trainable=False
        )
        self.metric = _metric(view.features, self.scale)
        return LisGANModel(
            **parts,
            souls=self.souls,
            metric=self.metric,
            seen=view.seen,
            soul_weight=settings.soul_weight,
            class_soul_weight=settings.class_soul_weight,
            soul_samples=settings.soul_samples,
        )

    def _pretrain(self):
        super()._pretrain()
        self.souls.assign(
            souls_of(
                self._features.numpy(),
                self.view.labels,
                self.view.seen,
                self.settings.souls,
                self.metric,
                self.seed,
            )
        )


def _metric(features, scale):
    """The weights (d,) by which scaled features are measured as in [0, 1]."""
    if not scale.signed:
        return np.ones(features.shape[1], np.float32)
    spread = features.max(0) - features.min(0)
    return (
        np.where(
            spread > 0.0, scale.span / np.where(spread > 0.0, spread, 1.0), 0.0
        ).astype(np.float32)
        ** 2
    )
