"""A method in one file, that learns in no time."""

import dataclasses
from typing import ClassVar

import keras
import numpy as np
import tensorflow as tf

from aspn_tf.methods import base, registry, settings
from aspn_tf.methods.settings import Log, setting


@dataclasses.dataclass(frozen=True)
class Settings(settings.Settings):
    """A reading, three variants and two levers."""

    READINGS: ClassVar[dict] = {
        "default": {},
        "literal": {"fog": 1.0, "calibration": False},
    }
    VARIANTS: ClassVar[dict] = {
        "toy": ("Toy", {}),
        "clear": ("Toy without fog", {"fog": 0.0}),
        "literal": ("to the letter", "literal"),
    }

    epochs: int = setting(2, "Epochs.", low=1)
    fog: float = setting(
        0.1, "Of the prototypes.", low=0.0, lever=(0.01, 0.1, 1.0)
    )
    rate: float = setting(1e-3, "Of a step.", low=0.0, lever=Log(1e-4, 1e-2))


class Toy(base.Method):
    """Nearest prototype of a linear map, in a fog that halves with epochs.

    `fits` lists the seed and the number of classes of every training so far;
    `failures` maps a seed to the error that its trainings raise.
    """

    title = "Toy"
    notes = ("The toy stands in a fog.",)
    fits: ClassVar[list] = []
    failures: ClassVar[dict] = {}

    def __init__(self, view, settings, seed=0):
        super().__init__(view, settings, seed)
        self.map = keras.layers.Dense(
            view.feature_width, use_bias=False, kernel_initializer="zeros"
        )
        self.map.build((None, view.semantics_width))
        self.random = tf.random.Generator.from_seed(seed)
        shape = (view.semantics_width, view.feature_width)
        self.fog = tf.Variable(tf.zeros(shape), trainable=False)
        self.thickness = tf.Variable(0.0, trainable=False)

    def rounds(self, setting=None):
        last = setting["epoch"] if setting else self.settings.epochs
        return [{"epoch": epoch} for epoch in range(1, last + 1)]

    def advance(self, state):
        view, epoch = self.view, state["epoch"]
        if epoch == 1:
            self.fits.append((self.seed, view.class_count))
            if self.seed in self.failures:
                raise self.failures[self.seed]
            solved, *_ = np.linalg.lstsq(
                view.semantics[view.labels], view.features, rcond=None
            )
            self.map.kernel.assign(solved)
            self.fog.assign(self.random.normal(self.fog.shape))
        self.thickness.assign(self.settings.fog / epoch)
        logs = self._step(tf.constant(view.features), tf.constant(view.labels))
        return {name: float(value) for name, value in logs.items()}

    def heads(self, features):
        return self.open_heads(features, self.view.semantics)

    def open_heads(self, features, semantics):
        prototypes = self._prototypes(semantics)
        lengths = tf.reduce_sum(prototypes**2, axis=-1)
        products = tf.matmul(features, prototypes, transpose_b=True)
        return {"compatibility": products - lengths / 2.0}

    def abilities(self):
        return {
            "prototypes": self._prototypes,
            "classify": self.classify,
            "training_step": self._step,
        }

    def linear(self, task):
        prototypes = self._prototypes(self.view.semantics).numpy()
        prototypes = prototypes.astype(np.float64)
        shift = np.zeros(self.view.feature_width)
        return shift, prototypes.T, -((prototypes**2).sum(1)) / 2.0

    def networks(self):
        return {"map": self.map}

    def _prototypes(self, semantics):
        return self.map(semantics) + self.thickness * tf.matmul(
            semantics, self.fog
        )

    def _step(self, features, labels):
        semantics = tf.gather(tf.constant(self.view.semantics), labels)
        with tf.GradientTape() as tape:
            wrong = tf.reduce_mean((self.map(semantics) - features) ** 2)
        (slope,) = tape.gradient(wrong, self.map.trainable_variables)
        self.map.kernel.assign_sub(self.settings.rate * slope)
        return {"objective": wrong}


def register(patch):
    """Adds the registry's line for the time of a test; forgets all fits."""
    entry = registry.Entry("toy:Settings", "toy:Toy")
    patch.setitem(registry.METHODS, "toy", entry)
    patch.setattr(Toy, "fits", [])
    patch.setattr(Toy, "failures", {})


def choke(patch):
    """Lets training fail in a thick fog."""

    def advance(self, state):
        if self.settings.fog > 5.0:
            raise RuntimeError("too thick")
        return fine(self, state)

    fine = Toy.advance
    patch.setattr(Toy, "advance", advance)
