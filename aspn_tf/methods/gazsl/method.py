"""GAZSL: a GAN whose classes keep their means, and nearest neighbours.

Zhu et al., "A generative adversarial approach for zero-shot learning from
noisy texts", CVPR 2018, as in its code for attributes. D(x) has two heads, a
score and the seen classes. With x~ = G(s, z) and mu_c the mean of class c's
features, D and G minimise

    E D(x~) - E D(x) + 10 penalty + CE(x) + CE(x~)
    -E D(x~) + 1/2 CE(x~) + 5/S sum_c |mean of x~ of c - mu_c| + 1e-3 |W|^2

where c are the classes of the batch ("visual pivots"; the distance has its
root in the code, and from memory is squared in the paper) and W the kernels
of G. An answer is the vote of the 20 most similar of 60 generated features a
class, by cosine, seen classes included: no real feature takes part.

In the published code ties of the vote are won by the class that is first in a
list of which the true side, seen or unseen, comes first, and the best
iteration is chosen on test. Here a tie goes to the class of the most similar
feature, which is added 1e-3 times. Ours as well: semantics of norm 1, as
those it was published for have; for features that can be negative, a linear
output in place of tanh, on standardised ones. Votes depend on which classes
stand for election, so that any other classes are told by their prototypes,
the means of what is generated for them, by cosine.
"""

import keras
import numpy as np
import tensorflow as tf

from aspn_tf.methods.adam import FusedAdam
from aspn_tf.methods.gan import places
from aspn_tf.methods.gazsl.model import GAZSLModel, TwoHeads
from aspn_tf.methods.linear_softmax import ABSENT
from aspn_tf.methods.synthesis import SYNTHETIC, Synthesizer
from aspn_tf.model import losses
from aspn_tf.model.networks import Generator

TIE = 1e-3


class GAZSL(Synthesizer):
    """Generator, critic, and a gallery of generated features that vote."""

    title = "GAZSL"
    heads_offered = ("neighbours", "unseen_neighbours", "nearness")
    notes = (
        "GAZSL's published code makes 3000 updates of the generator, of 1024 "
        "examples. Here it had --gazsl.epochs of --gazsl.steps_per_epoch "
        "updates at most, and ended where --gazsl.patience of them brought no "
        "rise on validation.",
    )

    def heads(self, features):
        """Votes of all classes' neighbours, of unseen ones' alone; nearness."""
        scaled = self.scale(features)
        each, count = self.settings.synthetic_per_class, self.view.class_count
        similarity = tf.matmul(
            tf.math.l2_normalize(scaled, axis=-1),
            self.gallery,
            transpose_b=True,
        )
        unseen = tf.gather(
            tf.reshape(similarity, (-1, count, each)), self.view.unseen, axis=1
        )
        chosen = votes(
            tf.reshape(unseen, (-1, len(self.view.unseen) * each)),
            each,
            self.settings.neighbours,
        )
        absent = tf.fill((tf.shape(chosen)[0], 1), ABSENT)
        return {
            "neighbours": votes(similarity, each, self.settings.neighbours),
            "unseen_neighbours": tf.gather(
                tf.concat([chosen, absent], axis=1), self._column, axis=1
            ),
            "nearness": self._nearness(scaled, self.class_prototypes),
        }

    def linear(self, task):
        """None: votes are no affine map."""
        return None

    def networks(self):
        """Generator and critic: what answers is no network."""
        return {"generator": self.model.generator, "critic": self.model.critic}

    def _semantics(self, semantics):
        return tf.math.l2_normalize(semantics, axis=-1)

    def _model(self):
        view, settings = self.view, self.settings
        self.batches_per_step = settings.critic_steps + 1
        keras.utils.set_random_seed(self.seed)
        model = GAZSLModel(
            Generator(
                view.semantics_width,
                settings.noise_width,
                view.feature_width,
                settings.hidden_width,
                output="linear" if self.scale.signed else "tanh",
                hidden_activation=keras.layers.LeakyReLU(negative_slope=0.01),
                initializer="glorot_normal",
                name="generator",
            ),
            TwoHeads(
                view.feature_width,
                view.semantics_width,
                len(view.seen),
                settings.hidden_width,
                "glorot_normal",
                name="critic",
            ),
            class_semantics=self.class_semantics,
            critic_steps=settings.critic_steps,
            penalty_weight=settings.penalty_weight,
            seed=self.seed,
            place=places(view.seen, view.class_count),
            means=tf.math.unsorted_segment_mean(
                self._features,
                places(view.seen, view.class_count)[view.labels],
                len(view.seen),
            ),
            classification_weight=settings.classification_weight,
            pivot_weight=settings.pivot_weight,
            decay=settings.decay,
        )
        model.compile(
            FusedAdam(
                settings.learning_rate,
                beta_1=settings.beta_1,
                beta_2=settings.beta_2,
            )
        )
        return model

    def _make_heads(self):
        view = self.view
        rows = view.class_count * self.settings.synthetic_per_class
        self.gallery = tf.Variable(
            tf.zeros((rows, view.feature_width)), trainable=False
        )
        column = np.full(view.class_count, len(view.unseen))
        column[view.unseen] = np.arange(len(view.unseen))
        self._column = tf.constant(column)

    def _fit_heads(self):
        """Fills the gallery, class by class, and keeps the prototypes."""
        each = self.settings.synthetic_per_class
        rows = tf.repeat(self.class_semantics, each, axis=0)
        noise = self._noise(rows.shape[0], SYNTHETIC)
        generated = self.model.generate(rows, noise)
        self.gallery.assign(tf.math.l2_normalize(generated, axis=-1))
        self.class_prototypes.assign(self._mean_generated(self.view.semantics))

    def _nearness(self, features, prototypes):
        return losses.compatibility(features, prototypes, metric="cosine")


def votes(similarity, each, neighbours):
    """How many of the nearest neighbours are of each class; ties broken.

    Args:
      similarity: (n, m * each), to the members of m classes in turn.
      each: members a class.
      neighbours: how many vote; all where there are fewer.

    Returns:
      (n, m), the votes and 1e-3 times the similarity to the nearest member.
    """
    count = similarity.shape[1] // each
    _, found = tf.math.top_k(similarity, min(neighbours, similarity.shape[1]))
    chosen = tf.reduce_sum(tf.one_hot(found // each, count), axis=1)
    members = tf.reshape(similarity, (-1, count, each))
    return chosen + TIE * tf.reduce_max(members, axis=-1)
