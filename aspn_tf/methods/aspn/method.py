"""Recognizer: ASPN from raw features to class scores, as a `Method`."""

import functools

import keras
import numpy as np
import tensorflow as tf

from aspn_tf.methods import scaling
from aspn_tf.methods.adam import FusedAdam
from aspn_tf.methods.aspn import start
from aspn_tf.methods.aspn.scorer import Scorer
from aspn_tf.methods.closed_form import ClosedForm
from aspn_tf.methods.moments import Moments
from aspn_tf.methods.regression import Regression
from aspn_tf.methods.training import Order, Steps, some_of_each
from aspn_tf.model.aspn import ASPN, OPTIONS

PARTS = ("generator", "decoder", "critic", "attention")
PREDICTED_SHARE = 0.25  # of a seen prototype, what other classes predict


class Recognizer(Scorer):
    """Scales, trains `ASPN`, and scores as `Scorer` tells.

    A setting is {"epoch": int}, with "semantic_share" where that is not 0.
    Where the start is closed-form, epoch 0 is a state too.
    """

    title = "ASPN"

    def __init__(self, view, settings, seed=0):
        super().__init__(view, settings, seed)
        keras.utils.set_random_seed(seed)
        self.class_semantics = self.scaled_semantics(view.semantics)
        self.semantics_length = tf.norm(view.semantics) / tf.norm(
            self.class_semantics
        )
        self._shrinkage, self._ridge = settings.shrinkage, settings.ridge
        self.scaling = scaling.FeatureScaling(
            view.feature_width, settings.feature_scaling
        )
        means = self._adapt()
        self.model = self._model()
        if settings.warm_start:
            means = self._start(means)
        self.means = tf.Variable(means, trainable=False, dtype=tf.float32)
        self._labels = tf.constant(view.labels, tf.int64)
        self.order = Order(len(view.labels), seed)
        self._train = Steps(self.model)

    @property
    def partitions(self):
        """Several where there is a closed-form start to measure on them."""
        return ClosedForm.partitions if self.settings.warm_start else 1

    def rounds(self, setting=None):
        """Every epoch, and before them the start where it is closed-form."""
        start = [{"epoch": 0}] * self.settings.warm_start
        last = setting["epoch"] if setting else self.settings.epochs
        return start + super().rounds(setting) if last else start

    def untrained(self, state):
        """The closed-form start."""
        return state["epoch"] == 0

    def fixed(self):
        """Settings with the shrinkage and the ridge that the folds chose."""
        return self.settings.replace(
            shrinkage=self._shrinkage, ridge=self._ridge
        )

    def scouting(self):
        """Without what a closed-form start is not asked for."""
        settings = self.fixed()
        return settings.replace(
            epochs=0,
            adversarial_weight=0.0,
            attention=settings.attention and settings.attended_prototypes,
        )

    def advance(self, state):
        """Trains an epoch; the closed-form start is there already."""
        if self.untrained(state):
            return {}
        logs = self.train(state["epoch"])
        if self.model.attention:
            logs["alpha"] = float(self.model.attention.alpha.numpy())
        return logs

    def abilities(self):
        """All of them; `describe` where there is a decoder."""
        found = {
            "prototypes": self.prototypes,
            "classify": self.classify,
        }
        if self.settings.epochs:
            found["training_step"] = self._train.step
        if self.model.decoder:
            found["describe"] = self.describe
        return found

    def prototypes(self, semantics):
        """Prototypes (m, d) in the data's units of semantics (m, q)."""
        return self.scaling.inverse(
            self.model.prototypes(self.scaled_semantics(semantics))
        )

    def describe(self, features):
        """Semantics (n, q) that the decoder infers, of the data's length."""
        inferred, _ = self.model.decoder(self.scaling(features))
        return inferred * self.semantics_length

    def networks(self):
        """Generator, decoder, critic, attention: those that were built."""
        return {
            part: getattr(self.model, part)
            for part in PARTS
            if getattr(self.model, part) is not None
        }

    def _adapt(self):
        """Learns the scaling; returns the scaled class means, (k, d)."""
        settings, view = self.settings, self.view
        regular = settings.feature_scaling == "whiten" or settings.warm_start
        open_ = regular and not (self._shrinkage and self._ridge)
        groups = scaling.folds(len(view.seen)) if open_ else 1
        if view.streamed:
            moments = view.statistics(groups)
        else:
            moments = Moments(view.features, view.labels, groups)
        if open_:
            found = scaling.choose_regularisers(
                view.features, view.labels, view.semantics, moments
            )
            self._shrinkage = self._shrinkage or found[0]
            self._ridge = self._ridge or found[1]
        self.scaling.adapt(view.features, moments, self._shrinkage)
        return np.asarray(self.scaling(moments.means.astype("float32")))

    def _model(self):
        """The model, its weights drawn with Keras' seed, and its optimizers."""
        settings, view = self.settings, self.view
        options = {
            name: getattr(settings, name)
            for name in ("attention", *OPTIONS)
            if name not in ("noise_width", "seed")
        }
        width = settings.noise_width
        model = ASPN(
            self.class_semantics,
            view.seen,
            view.feature_width,
            noise_width=None if width < 0 else width,
            seed=self.seed,
            **options,
        )
        if not settings.epochs:  # never trained
            return model
        rate = settings.learning_rate
        if settings.schedule == "cosine":
            rate = keras.optimizers.schedules.CosineDecay(
                rate, self.updates_a_round() * settings.epochs
            )
        decay = settings.weight_decay or None  # 0 would still be a pass
        model.compile(FusedAdam(rate, weight_decay=decay), FusedAdam(rate))
        return model

    def _start(self, means):
        """Starts generator and decoder; returns the seen prototypes, (k, d).

        Those are the class means, drawn towards what the other classes
        predict for them, as the prototypes of unseen classes are predictions.
        """
        view, model = self.view, self.model
        regression = Regression(view.semantics[view.seen], self._ridge)
        predicted = regression.predict(view.semantics, means)
        start.start_generator(model.generator, self.class_semantics, predicted)
        if model.decoder:
            most = max(1, min(start.ROWS, start.ALL_ROWS // len(view.seen)))
            rows = some_of_each(view.labels, most, self.seed)
            start.start_decoder(
                model.decoder,
                scaling.by_parts(
                    lambda part: model.decoder.hidden(self.scaling(part)),
                    view.features,
                    rows,
                ),
                tf.gather(self.class_semantics, view.labels[rows]),
                self._ridge,
            )
        return means - PREDICTED_SHARE * regression.errors(means)

    @functools.cached_property
    def _features(self):
        """The scaled training examples, once training asks for them.

        Where they are streamed, a callable of the rows that are drawn.
        """
        scaled = functools.partial(
            scaling.by_parts, self.scaling, self.view.features
        )
        return scaled if self.view.streamed else scaled()
