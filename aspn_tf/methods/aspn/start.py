"""Closed-form starts of generator and decoder (ours, not the paper's).

With the hidden layers as they were drawn, the output layers are the ridge
regressions of class means on the generator's hidden activations, noise-free,
and of semantics on the decoder's. Both are kernel regressions, from which the
losses then go on; from a random start few steps do not reach them.
"""

import numpy as np
import scipy.linalg
import tensorflow as tf

SMALLEST = 1e-6  # semantics of zeros activate nothing


def start(model, features, labels, means, ridge):
    """Solves the output layers of generator and decoder.

    Args:
      model: an `aspn_tf.model.aspn.ASPN`, not yet trained.
      features: scaled training features, (n, d).
      labels: their classes, (n,).
      means: mean scaled feature of every seen class, (k, d).
      ridge: in units of the mean squared length of the activations.
    """
    semantics = tf.gather(model.class_semantics, model.seen)
    noise = tf.zeros((means.shape[0], model.noise_width))
    solve(model.generator, tf.concat([semantics, noise], -1), means, ridge)
    if model.decoder:
        wanted = tf.gather(model.class_semantics, labels)
        empty = tf.zeros((len(labels), model.noise_width))
        solve(model.decoder, features, tf.concat([wanted, empty], -1), ridge)


def solve(network, inputs, targets, ridge):
    """Sets a network's output kernel to a ridge regression on its hidden.

    Args:
      network: with the layers `hidden` and `out`, the latter without bias
        yet.
      inputs: (n, width), what the hidden layer reads.
      targets: (n, outputs).
      ridge: in units of the mean squared length of the activations.
    """
    hidden = np.asarray(network.hidden(inputs), np.float32)
    targets = np.asarray(targets)
    count, width = hidden.shape
    dual = count < width
    gram = hidden @ hidden.T if dual else hidden.T @ hidden
    weight = ridge * np.trace(gram) / len(gram)
    gram[np.diag_indices(len(gram))] += max(weight, SMALLEST)
    wanted = targets if dual else hidden.T @ targets
    solved = scipy.linalg.solve(gram, wanted, assume_a="pos")
    network.out.kernel.assign(hidden.T @ solved if dual else solved)
