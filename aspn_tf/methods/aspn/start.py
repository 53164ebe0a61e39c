"""Closed-form starts of generator and decoder (ours, not the paper's).

With the hidden layers as they were drawn, the output layers are solved for:
the generator's so that every class, seen or unseen, gets the prototype that
the `Regression` of class means predicts; the decoder's by the ridge regression
of semantics on its hidden activations. From there the losses go on; from a
random start few steps do not reach it.
"""

import numpy as np
import scipy.linalg
import tensorflow as tf

SMALLEST = 1e-6  # semantics of zeros activate nothing
EXACT = 1e-7  # the generator's ridge: it is to give the targets themselves
ROWS = 250  # a class, at most, for the decoder
ALL_ROWS = 50_000  # but a row a class at least


def start_generator(generator, semantics, prototypes):
    """Solves the output layer for the prototypes of some classes.

    Args:
      generator: an `aspn_tf.model.networks.Generator`, not yet trained.
      semantics: scaled, (C, q).
      prototypes: scaled, (C, d).
    """
    noise = tf.zeros((len(semantics), generator.noise_width))
    inputs = tf.concat([semantics, noise], -1)
    solve(generator, generator.hidden(inputs), prototypes, EXACT)


def start_decoder(decoder, hidden, semantics, ridge):
    """Solves the output layer for the semantics of some examples.

    Args:
      decoder: an `aspn_tf.model.networks.Decoder`, not yet trained.
      hidden: what its hidden layer makes of the examples, (n, width).
      semantics: scaled, of their classes, (n, q).
      ridge: in units of the mean squared length of the activations.
    """
    empty = tf.zeros((len(semantics), decoder.noise_width))
    solve(decoder, hidden, tf.concat([semantics, empty], -1), ridge)


def solve(network, hidden, targets, ridge):
    """Sets a network's output kernel to a ridge regression on its hidden.

    Args:
      network: with a layer `out`, which has no bias yet.
      hidden: (n, width), what that layer reads.
      targets: (n, outputs).
      ridge: in units of the mean squared length of the activations.
    """
    hidden = np.asarray(hidden, np.float32)
    targets = np.asarray(targets)
    count, width = hidden.shape
    dual = count < width
    if dual:  # few rows, which may be all but alike
        hidden = hidden.astype(np.float64)
    gram = hidden @ hidden.T if dual else hidden.T @ hidden
    weight = ridge * np.trace(gram) / len(gram)
    gram[np.diag_indices(len(gram))] += max(weight, SMALLEST)
    wanted = targets if dual else hidden.T @ targets
    solved = scipy.linalg.solve(gram, wanted, assume_a="pos")
    network.out.kernel.assign(hidden.T @ solved if dual else solved)
