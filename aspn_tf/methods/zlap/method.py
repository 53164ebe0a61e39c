"""ZLAP: a WGAN of features, and prototypes trained with adjusted logits.

Chen et al., "Zero-shot logit adjustment", IJCAI 2022, as in its published code.
A conditional WGAN with gradient penalty generates a few features of every
unseen class; on these and the real ones a network P from semantics to
prototypes is trained by the cross-entropy over all classes of
cos(x, P(s_c)) / 0.04 + log p(c) + log p0(c). Here p(c) is the share of c among
the real examples, for unseen classes 1 / U, and p0 is r / (1 + r) for seen and
1 / (1 + r) for unseen ones: a prior with odds r. The answer is the largest
cosine, without the prior: what it lent the seen classes in training, the
cosines of the unseen ones had to make up for.

Symbols, once: x feature, s semantics, z noise, G the generator, P the
prototype network, r the ratio.

The published code fits P again after every update of G, 60 passes each time,
and prints the state that is best on the test examples, with an r for each data
set set by hand. Here P is fitted once an epoch, and validation chooses the
epoch and, where none is given, r: about four times the odds of the examples,
N / (U k) with k generated features a class, is what was published; a quarter
and four times that are tried beside it. Ours as well: P sees semantics of
length sqrt(q), G sees them as they are; an order of examples that is pass
after pass; and for features that can be negative see `FeatureScale`.
"""

import keras
import numpy as np
import tensorflow as tf

from aspn_tf.methods.adam import FusedAdam
from aspn_tf.methods.base import TASKS
from aspn_tf.methods.epochs import Epochs
from aspn_tf.methods.gan import FeatureGAN, FeatureScale, make_networks
from aspn_tf.methods.scaling import scale_semantics
from aspn_tf.methods.training import Order, Steps
from aspn_tf.methods.zlap.learner import PrototypeLearner, make_network
from aspn_tf.model import losses

FACTORS = (1.0, 0.25, 4.0)  # of the ratio, one head each
ODDS = 4.0  # the default ratio in units of the odds of the examples
SYNTHETIC = -3  # a stream of noise beside the training's


class ZLAP(Epochs):
    """Generator, critic, and a prototype network for each ratio tried.

    A setting has a "factor" too where that, of the ratio, is not 1.
    """

    title = "ZLAP"
    heads_offered = ("ratio", "quarter_ratio", "fourfold_ratio")
    notes = (
        "ZLAP's published code makes up to 2000 passes over the data. Here it "
        "had --zlap.epochs of --zlap.steps_per_epoch updates of the generator "
        "at most, and ended where --zlap.patience of them brought no rise on "
        "validation.",
    )

    def __init__(self, view, settings, seed=0):
        super().__init__(view, settings, seed)
        self.batches_per_step = settings.critic_steps
        self.order = Order(len(view.labels), seed)
        self.scale = FeatureScale(view.features)
        self._features = self.scale(view.features)
        self._labels = tf.constant(view.labels, tf.int64)
        self.class_semantics = scale_semantics(view.semantics, "variance")
        self.length = tf.Variable(
            tf.reduce_mean(tf.norm(self._features, axis=1)), trainable=False
        )
        self.model = FeatureGAN(
            **make_networks(
                view, settings.hidden_width, self.scale.signed, seed
            ),
            class_semantics=view.semantics,
            critic_steps=settings.critic_steps,
            penalty_weight=settings.penalty_weight,
            seed=seed,
        )
        self.model.compile(
            FusedAdam(settings.learning_rate, beta_1=settings.beta_1)
        )
        self._train = Steps(self.model)
        self.learner = PrototypeLearner(
            view, self.class_semantics, settings, seed
        )
        chosen = settings.choose_ratio and not settings.ratio
        self.factors = FACTORS if chosen else FACTORS[:1]
        keras.utils.set_random_seed(seed)
        self.learnt = [
            make_network(view, settings.prototype_width) for _ in self.factors
        ]
        self.use({})

    @property
    def ratio(self):
        """Prior odds of seen to unseen classes, before a factor."""
        view, settings = self.view, self.settings
        generated = len(view.unseen) * settings.synthetic_per_class
        return settings.ratio or ODDS * len(view.labels) / max(1, generated)

    def uses(self, state):
        """The prototypes of every ratio tried."""
        epoch = {"epoch": state["epoch"]}
        others = self.factors[1:]
        return [epoch, *({**epoch, "factor": factor} for factor in others)]

    def weights(self, setting):
        """One head, that of the factor, answers every task."""
        number = FACTORS.index(setting.get("factor", 1.0))
        return dict.fromkeys(TASKS, {self.heads_offered[number]: 1.0})

    def advance(self, state):
        """Trains the GAN one epoch, then prototypes where they are asked."""
        logs = self.train(state["epoch"])
        if state.get("scored", True):
            logs["prototype_loss"] = self._fit(state["epoch"])
        return logs

    def heads(self, features):
        """Cosines with the prototypes of every ratio tried, each (n, C)."""
        return self._cosines(features, self.class_semantics)

    def open_heads(self, features, semantics):
        """The same for any classes, (n, m).

        Classes that were not in training had no generated features.
        """
        return self._cosines(features, scale_semantics(semantics, "variance"))

    def abilities(self):
        """Prototypes, scores against any classes, and the training step."""
        return {
            "prototypes": self.prototypes,
            "classify": self.classify,
            "training_step": self._train.step,
        }

    def prototypes(self, semantics):
        """P(s) at the mean length of features, in the data's units, (m, d).

        The length, which a cosine does not know, is that of scaled features.
        """
        with tf.init_scope():
            (head,) = self.task_weights("open")
        network = self.learnt[self.heads_offered.index(head)]
        found = network(scale_semantics(semantics, "variance"))
        unit = tf.math.l2_normalize(found, axis=-1)
        return self.scale.inverse(self.length * unit)

    def networks(self):
        """Generator, critic, and one prototype network."""
        return {
            "generator": self.model.generator,
            "critic": self.model.critic,
            "prototypes": self.learner.model.network,
        }

    def _cosines(self, features, semantics):
        scaled = self.scale(features)
        names = self.heads_offered[: len(self.learnt)]
        return {
            name: losses.compatibility(
                scaled, network(semantics), "cosine", self.settings.temperature
            )
            for name, network in zip(names, self.learnt, strict=True)
        }

    def _fit(self, epoch):
        """Trains prototypes for every ratio; returns the first's loss."""
        features, labels = self._examples()
        found = []
        for factor, network in zip(self.factors, self.learnt, strict=True):
            logs = self.learner.fit(features, labels, factor * self.ratio)
            self.check(logs, epoch, "prototype_learning_rate")
            network.set_weights(self.learner.model.network.get_weights())
            found.append(logs.get("classification", 0.0))
        return found[0]

    def _examples(self):
        """Real features and generated ones of unseen classes, with labels.

        The noise is the same in every round.
        """
        view, each = self.view, self.settings.synthetic_per_class
        unseen = np.repeat(view.unseen, each)
        noise = tf.random.stateless_normal(
            (len(unseen), view.semantics_width),
            tf.constant([self.seed, SYNTHETIC], tf.int64),
        )
        generated = self.model.generate(
            tf.constant(view.semantics[unseen]), noise
        )
        return (
            tf.concat([self._features, generated], axis=0),
            tf.concat([self._labels, tf.constant(unseen, tf.int64)], axis=0),
        )
