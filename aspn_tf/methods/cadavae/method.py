"""CADA-VAE: two variational autoencoders whose latent spaces are one.

Schoenfeld et al., "Generalized zero- and few-shot learning via aligned
variational autoencoders", CVPR 2019. Features and semantics have an
autoencoder each; every term is a sum over the batch and over dimensions:

    |x - D_x(z_x)| + |s - D_s(z_s)| + beta (KL_x + KL_s)
    + gamma (|x - D_x(z_s)| + |s - D_s(z_x)|)
    + delta sqrt(|mu_x - mu_s|^2 + |sg_x - sg_s|^2)

Beta, gamma and delta rise from 0 over parts of the training. Then a softmax
learns on latents of real features of seen classes and of the semantics of
unseen ones; a test feature is answered for its mu.

Symbols, once: x feature, s semantics, z latent, D a decoder, mu and sg mean
and deviation of an encoding, KL its divergence from N(0, 1).

As in the authors' code, and other than in the paper: the noise is one number
an example for all its latent dimensions, times the variance; the published
numbers are from there (`--cadavae.shared_noise`). Its last epoch is what it
reports; here validation may end it sooner, `epochs` below 100 shorten the
warm-up, and more come after it. Ours: batches go through the data pass after
pass, where the code draws each anew; features that can be negative are
standardised, others scaled to [0, 1] as published; semantics have length 1
(AWA's and SUN's have it, CUB's sentences would swamp the sums), and sums over
features count as those of 2048, for which the weights were chosen: with 128
the divergence and the distance would outweigh them, and all encodings be one;
the logarithm of the variance is clipped to +-20; the softmaxes start from
N(0, 0.02). That the paper prints no T is from memory.
"""

import numpy as np
import tensorflow as tf

from aspn_tf.methods.adam import FusedAdam
from aspn_tf.methods.cadavae.model import CADAVAEModel
from aspn_tf.methods.cadavae.networks import make_networks
from aspn_tf.methods.closed_form import unit
from aspn_tf.methods.epochs import Epochs
from aspn_tf.methods.gan import FeatureScale
from aspn_tf.methods.linear_softmax import Softmax
from aspn_tf.methods.training import Order, Steps
from aspn_tf.model import losses

PUBLISHED_EPOCHS = 100  # over which the warm-up is told
REAL, DRAWN = -4, -5  # streams of noise beside the training's


class CADAVAE(Epochs):
    """Two autoencoders, and the softmaxes trained on their latents.

    `softmax` answers the generalized task, `unseen_softmax` the traditional
    one, nearness of mu_x to mu_s any classes.
    """

    title = "CADA-VAE"
    heads_offered = ("softmax", "unseen_softmax", "nearness")
    optimizer_slots = 3  # Adam's, and AMSGrad's largest second moment

    def __init__(self, view, settings, seed=0):
        super().__init__(view, settings, seed)
        self.class_semantics = unit(view.semantics)
        self.semantics_length = tf.reduce_mean(tf.norm(view.semantics, axis=1))
        self.scale = FeatureScale(view.features)
        self._features = self.scale(view.features)
        self._labels = tf.constant(view.labels, tf.int64)
        self.order = Order(len(view.labels), seed)
        self.model = CADAVAEModel(
            make_networks(view, settings, seed),
            self.class_semantics,
            {
                "divergence": settings.divergence_weight,
                "cross": settings.cross_weight,
                "alignment": settings.alignment_weight,
            },
            settings.shared_noise,
            seed,
        )
        self.softmax, self.unseen_softmax = (
            Softmax(
                settings.latent_width, view.class_count, classes, seed, name
            )
            for name, classes in (
                ("softmax", np.arange(view.class_count)),
                ("unseen_softmax", view.unseen),
            )
        )
        self.model.compile(FusedAdam(settings.learning_rate, amsgrad=True))
        self._train = Steps(self.model)
        self.use({})

    def advance(self, state):
        """Trains one epoch, then what answers, where it will be asked."""
        warm_up_epochs = min(self.settings.epochs, PUBLISHED_EPOCHS)
        passed = (state["epoch"] - 1) / warm_up_epochs
        self.model.warm_up(PUBLISHED_EPOCHS * passed)
        logs = self.train(state["epoch"])
        if state.get("scored", True):
            self._fit_heads()
        return logs

    def heads(self, features):
        """Logits of both final softmaxes, and nearness; each (n, C)."""
        latents, _ = self.model.encode_features(self.scale(features))
        return {
            "softmax": self.softmax(latents),
            "unseen_softmax": self.unseen_softmax(latents),
            "nearness": self._nearness(latents, self.class_semantics),
        }

    def open_heads(self, features, semantics):
        """Nearness to the latents of any classes, (n, m)."""
        latents, _ = self.model.encode_features(self.scale(features))
        return {"nearness": self._nearness(latents, unit(semantics))}

    def weights(self, setting):
        """A task is answered by one head."""
        return {
            "generalized": {"softmax": 1.0},
            "traditional": {"unseen_softmax": 1.0},
            "open": {"nearness": 1.0},
        }

    def abilities(self):
        """All of them."""
        return {
            "prototypes": self.prototypes,
            "classify": self.classify,
            "describe": self.describe,
            "training_step": self._train.step,
        }

    def networks(self):
        """Encoders, decoders, and one of the two softmaxes."""
        names = ("feature_encoder", "semantics_encoder")
        names += ("feature_decoder", "semantics_decoder")
        found = {name: getattr(self.model, name) for name in names}
        return {**found, "softmax": self.softmax.layer}

    def prototypes(self, semantics):
        """D_x(mu_s) in the units of the data, (m, d)."""
        mean, _ = self.model.encode_semantics(unit(semantics))
        return self.scale.inverse(self.model.feature_decoder(mean))

    def describe(self, features):
        """D_s(mu_x), (n, q), in the mean length of the data's semantics."""
        mean, _ = self.model.encode_features(self.scale(features))
        return self.semantics_length * self.model.semantics_decoder(mean)

    def _nearness(self, latents, semantics):
        mean, _ = self.model.encode_semantics(semantics)
        return losses.compatibility(latents, mean, metric="euclidean")

    def _fit_heads(self):
        """Trains the final softmaxes on latents with noise."""
        settings = self.settings
        batch_size = settings.softmax_batch_size
        rows = self._examples()
        seen = self._noisy(
            self.model.encode_features(tf.gather(self._features, rows)), REAL
        )
        each, classes = settings.latents_per_class, self.view.unseen
        labels = tf.repeat(tf.constant(classes, tf.int64), each)
        told = self.model.encode_semantics(
            tf.gather(self.class_semantics, classes)
        )
        unseen = self._noisy([tf.repeat(t, each, axis=0) for t in told], DRAWN)
        self.unseen_softmax.fit(
            unseen, labels, settings.unseen_softmax_epochs, batch_size
        )
        self.softmax.fit(
            tf.concat([seen, unseen], axis=0),
            tf.concat([tf.gather(self._labels, rows), labels], axis=0),
            settings.softmax_epochs,
            batch_size,
        )

    def _examples(self):
        """The first rows of every seen class, repeated where too few."""
        labels = self.view.labels
        return np.concatenate(
            [
                np.resize(
                    np.flatnonzero(labels == c), self.settings.real_per_class
                )
                for c in np.unique(labels)
            ]
        )

    def _noisy(self, encoded, stream):
        """Latents with noise that is the same in every round."""
        noise = tf.random.stateless_normal(
            self.model.noise_shape(len(encoded[0])),
            tf.constant([self.seed, stream], tf.int64),
        )
        return self.model.latents(encoded, noise)
