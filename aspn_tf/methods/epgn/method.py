"""E-PGN: prototypes generated from semantics, trained by episodes.

Yu, Ji, Han and Zhang, "Episode-based prototype generating network for
zero-shot learning", CVPR 2020. G gives each class one prototype, G(s), and F
the semantics of a feature, F(x). In every epoch some seen classes are held
out. Batches of the others bring down the base loss

    |x - G(s)|^2 + |s - F(x)|^2 + CE(x . G(s_c)) + CE(F(x) . s_c),

each batch also moves a discriminator D of pairs, (x, s) against (G(s), F(x)),
and G and F by L_G = -log D(G(s), F(x)) + log |x - G(s)|^2. Then the images of
the held-out classes refine G by a softmax of -(1/d)|x - G(s_c)|^2, at a tenth
of the rate. A class is the nearest prototype.

Symbols, once: x feature, s semantics, G the generator, F the decoder, D the
discriminator, d the width of a feature.

Ours, and not the authors' code's: one D with a linear logit. Theirs is two
networks, one for real and one for false pairs, which share nothing, so that
no word on real against false reaches G; both end in a ReLU under a logarithm,
which at 0 has no finite gradient; and no optimizer there is kept to its own
networks. log D(x, s) inside L_G's second logarithm is left out, as D is no
concern of G there. A refinement reads a sample of the held-out images, at
most a quarter of the classes is held out, F is linear (FLO's semantics have
signs), features are in units of the root of their mean square, semantics of
length 1, and G is linear where features can be negative. The authors' code
scores the test set in training and prints the best T of it; here validation
chooses the epoch. The published rows are of the authors' own files, and FLO's
features there are normalised otherwise than the benchmark's.
"""

import functools

import numpy as np
import tensorflow as tf

from aspn_tf.methods import scaling
from aspn_tf.methods.adam import FusedAdam
from aspn_tf.methods.closed_form import unit
from aspn_tf.methods.epgn.model import EPGNModel, Refinement
from aspn_tf.methods.epgn.networks import make_networks
from aspn_tf.methods.epochs import Epochs
from aspn_tf.methods.training import Steps
from aspn_tf.methods.units import FeatureUnit
from aspn_tf.model import losses

REFINEMENT_SHARE = 0.1  # of the learning rate


class EPGN(Epochs):
    """Generator, decoder and discriminator; the nearest prototype answers.

    What an epoch holds out and draws follows from the seed and its number.
    """

    title = "E-PGN"

    def __init__(self, view, settings, seed=0):
        super().__init__(view, settings, seed)
        self.scale = FeatureUnit(view.features)
        self.class_semantics = unit(view.semantics)
        self.semantics_length = tf.reduce_mean(tf.norm(view.semantics, axis=1))
        self._labels = tf.constant(view.labels, tf.int64)
        networks = make_networks(view, settings, self.scale.signed, seed)
        self.model = EPGNModel(
            **networks,
            class_semantics=self.class_semantics,
            seen=view.seen,
            adversarial_weight=settings.adversarial_weight,
            keep=(settings.decoder_keep, settings.critic_keep),
            seed=seed,
        )
        self.refinement = Refinement(
            networks["generator"],
            tf.gather(self.class_semantics, view.seen),
            view.seen,
        )
        rate = settings.learning_rate
        self.model.compile(FusedAdam(rate))
        self.refinement.compile(FusedAdam(REFINEMENT_SHARE * rate))
        self._train = Steps(self.model)
        self._refine = Steps(self.refinement)

    def advance(self, state):
        """Trains one epoch: its episodes, then the refinements."""
        settings = self.settings
        rows, held_out = self._draw(state["epoch"])
        logs = self._train(self._features, self._labels, rows)
        if settings.refinements:
            logs |= self._refine(self._features, self._labels, held_out)
        self.check(logs, state["epoch"])
        return logs

    def heads(self, features):
        """Nearness to the prototypes of the training label space."""
        return self._nearness(features, self.class_semantics)

    def open_heads(self, features, semantics):
        """Nearness to the prototypes of any classes, (n, m)."""
        return self._nearness(features, unit(semantics))

    def abilities(self):
        """All of them."""
        return {
            "prototypes": self.prototypes,
            "classify": self.classify,
            "describe": self.describe,
            "training_step": self._train.step,
        }

    def linear(self, task):
        """Nearness as a map of the features; see `Method.linear`."""
        prototypes = self.model.generator.prototypes(self.class_semantics)
        prototypes = prototypes.numpy().astype(np.float64)
        bias = -0.5 * np.square(prototypes).sum(1)
        return self.scale.affine(prototypes.T, bias)

    def networks(self):
        """Generator, decoder and, where there is one, the discriminator."""
        found = {
            "generator": self.model.generator,
            "decoder": self.model.decoder,
        }
        if self.model.critic:
            found["critic"] = self.model.critic
        return found

    def prototypes(self, semantics):
        """G(s) in the units of the data, (m, d)."""
        return self.scale.inverse(
            self.model.generator.prototypes(unit(semantics))
        )

    def describe(self, features):
        """F(x), (n, q), in the mean length of the data's semantics."""
        inferred, _ = self.model.decoder(self.scale(features))
        return self.semantics_length * inferred

    def updates_a_round(self):
        """The generator's: two an episode, and the refinements."""
        return 2 * self.settings.episodes + self.settings.refinements

    def examples_a_round(self):
        """Those of the episodes and of the refinements."""
        settings = self.settings
        return (
            settings.episodes * settings.batch_size
            + settings.refinements * settings.refinement_rows
        )

    def _nearness(self, features, semantics):
        prototypes = self.model.generator.prototypes(semantics)
        return {
            "compatibility": losses.compatibility(
                self.scale(features), prototypes, "euclidean"
            )
        }

    def _draw(self, epoch):
        """Rows of an epoch's episodes, and of its refinements.

        Returns:
          int64 (episodes, batch) of the classes that are not held out, each
          episode without repetition as far as there are so many; int64
          (refinements, rows) of those that are, the same for every one.
        """
        settings, labels = self.settings, self.view.labels
        stream = np.random.default_rng((self.seed, epoch))
        classes = stream.permutation(np.unique(labels))
        count = min(settings.held_out_classes, max(1, len(classes) // 4))
        held_out = np.isin(labels, classes[:count])
        # Of a single class nothing can be held out.
        pool = np.flatnonzero(~held_out | (len(classes) == count))
        rows = [
            np.resize(stream.permutation(pool), settings.batch_size)
            for _ in range(settings.episodes)
        ]
        sample = stream.choice(
            np.flatnonzero(held_out), settings.refinement_rows
        )
        return np.stack(rows), np.tile(sample, (settings.refinements, 1))

    @functools.cached_property
    def _features(self):
        """The scaled training examples, once training asks for them."""
        return scaling.by_parts(self.scale, self.view.features)
