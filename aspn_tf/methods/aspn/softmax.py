"""A softmax on real seen and pseudo unseen features (ours, not the paper's).

The paper classifies by the nearest prototype alone. CLSWGAN (Xian et al.,
CVPR 2018) trains a softmax on generated features instead; here a pseudo
feature is a generated prototype plus the residual of a real training example
from its own class mean, so that its spread is that of real features.
"""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

EXAMPLES_PER_CLASS = 100
INVERSE_PENALTY = 0.01
ITERATIONS = 100


def fit(features, labels, means, prototypes, seen, unseen, seed):
    """Trains the softmax.

    Args:
      features: (n, d) scaled training features.
      labels: int (n,), ids of seen classes.
      means: (k, d), mean feature of every seen class.
      prototypes: (C, d), generated; the rows of unseen classes are read.
      seen: (k,) sorted ids.
      unseen: ids of the others of 0..C-1.
      seed: of the examples that are drawn.

    Returns:
      (kernel, bias, logs): float32 (d, C) and (C,), logits are
      x kernel + bias; and how many iterations it took, with whether it had
      converged by then, 1.0 or 0.0.
    """
    random = np.random.RandomState(seed)
    rows = np.concatenate(
        [
            random.permutation(np.flatnonzero(labels == label))[
                :EXAMPLES_PER_CLASS
            ]
            for label in seen
        ]
    )
    residuals = features - means[np.searchsorted(seen, labels)]
    count = max(1, len(rows) // len(seen))
    drawn = random.randint(len(residuals), size=(len(unseen), count))
    pseudo = prototypes[unseen][:, None] + residuals[drawn]
    examples = np.concatenate([features[rows], *pseudo])
    wanted = np.concatenate([labels[rows], np.repeat(unseen, count)])
    spread = float(np.sqrt(np.mean(np.square(features)))) or 1.0
    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=ITERATIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is in the logs
        model.fit(examples / spread, wanted)
    kernel = np.zeros((features.shape[1], len(prototypes)), np.float32)
    bias = np.zeros(len(prototypes), np.float32)
    if len(model.classes_) == 2:
        kernel[:, model.classes_[1]] = model.coef_[0] / spread
        bias[model.classes_[1]] = model.intercept_[0]
    else:
        kernel[:, model.classes_] = model.coef_.T / spread
        bias[model.classes_] = model.intercept_
    iterations = int(model.n_iter_.max())
    return (
        kernel,
        bias,
        {
            "softmax_iterations": float(iterations),
            "softmax_converged": float(iterations < ITERATIONS),
        },
    )
