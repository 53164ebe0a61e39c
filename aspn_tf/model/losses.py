"""The losses of the paper, Eqs. 1-4, 7 and 8, as pure functions of tensors.

None carries a weight: the weighted sum of Eq. 9 is one line of
`aspn_tf.model.objective`.

Symbols, once: x feature, s semantics, z noise, E the generator (theta), D_mu
the decoder, D_phi the critic, A the class semantics, tau (Eq. 4) a point
between a real and a generated feature.
"""

import tensorflow as tf


def squared_error(target, output, reduction="mean"):
    """Squared Euclidean distance, the body of Eqs. 1, 2 and 3.

    Args:
      target: float tensor (n, width).
      output: float tensor (n, width).
      reduction: "sum" adds over examples and dimensions, the paper's letter;
        "example" averages over examples, as the expectations of Eqs. 3 and 4
        do; "mean" over both, so that a weight means the same for every batch
        size and width.

    Returns:
      A scalar.
    """
    square = tf.math.squared_difference(target, output)
    if reduction == "sum":
        return tf.reduce_sum(square)
    if reduction == "example":
        return tf.reduce_mean(tf.reduce_sum(square, axis=-1))
    return tf.reduce_mean(square)


def visual(features, generated, reduction="mean"):
    """L_V, Eq. 1: sum_i ||x_i - E(s_i, z)||^2."""
    return squared_error(features, generated, reduction)


def semantic(semantics, inferred, reduction="mean"):
    """L_S, Eq. 2: sum_i ||s_i - s^_i||^2 with s^_i = D_mu(x_i)."""
    return squared_error(semantics, inferred, reduction)


def preservation(
    semantics, semantics_cycle, features, features_cycle, reduction="mean"
):
    """L_pre, Eq. 3: both spaces are kept by a cycle through the other.

    Args:
      semantics: (n, q).
      semantics_cycle: D_mu(E(s, z)), its semantic part, (n, q).
      features: (n, d).
      features_cycle: E(D_mu(x)), (n, d).
      reduction: see `squared_error`.

    Returns:
      A scalar, ||s - D(E(s, z))||^2 + ||x - E(D(x))||^2.
    """
    return squared_error(semantics, semantics_cycle, reduction) + squared_error(
        features, features_cycle, reduction
    )


def critic(real_scores, generated_scores, penalty, penalty_weight):
    """-L_D, Eq. 4: what the critic minimises.

    Args:
      real_scores: D_phi(x, s), (n, 1).
      generated_scores: D_phi(x^, s), (n, 1).
      penalty: L_GP, a scalar, see `gradient_penalty`.
      penalty_weight: beta.

    Returns:
      A scalar, E[D(x^, s)] - E[D(x, s)] + beta L_GP.
    """
    return (
        tf.reduce_mean(generated_scores)
        - tf.reduce_mean(real_scores)
        + penalty_weight * penalty
    )


def adversarial(generated_scores):
    """What Eq. 4 leaves to the generator: -E[D_phi(x^, s)]."""
    return -tf.reduce_mean(generated_scores)


def gradient_penalty(slope, form="squared"):
    """L_GP of Eq. 4.

    Args:
      slope: (n, d), the gradient g of the critic's score by the features, at
        tau = mix x + (1 - mix) x^; see `Critic.slope_between`.
      form: "squared" is the paper's (||g||^2 - 1)^2, which has no root;
        "norm" is the usual (||g|| - 1)^2 of WGAN-GP (Gulrajani et al., 2017),
        with an epsilon under the root so that a zero gradient gives no NaN.

    Returns:
      A scalar, the mean over the examples.
    """
    size = tf.reduce_sum(tf.square(slope), axis=-1)
    if form == "norm":
        size = tf.sqrt(size + 1e-12)
    return tf.reduce_mean(tf.square(size - 1.0))


def compatibility(features, prototypes, metric="cosine", temperature=1.0):
    """Scores of features against prototypes; the exponent of Eq. 8.

    Args:
      features: x, (n, d).
      prototypes: E(s_k), (m, d).
      metric: "dot" is the paper's x^T E(s); "cosine" divides it by both
        norms; "euclidean" is x^T E(s) - ||E(s)||^2 / 2, which is
        -||x - E(s)||^2 / 2, the distance of Section 3.5, but for a term that
        all classes share.
      temperature: what the scores are divided by; the paper has none (1).

    Returns:
      (n, m), larger is closer.
    """
    if metric == "cosine":
        features = tf.math.l2_normalize(features, axis=-1)
        # Prototypes start at 0, where a small epsilon means a gradient so
        # large that Adam, having seen it, hardly moves for thousands of steps.
        prototypes = tf.math.l2_normalize(prototypes, axis=-1, epsilon=1e-4)
    scores = tf.matmul(features, prototypes, transpose_b=True)
    if metric == "euclidean":
        scores -= 0.5 * tf.reduce_sum(tf.square(prototypes), axis=-1)
    return scores / temperature


def classification(scores, labels, reduction="mean"):
    """L_theta(x, A), Eqs. 7 and 8: -log P(y | x, A).

    Args:
      scores: compatibility of every feature with every prototype, (n, m).
      labels: int tensor (n,), the column of the right prototype.
      reduction: "sum" over examples, the paper's letter; else their mean.

    Returns:
      A scalar.
    """
    entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, scores)
    if reduction == "sum":
        return tf.reduce_sum(entropy)
    return tf.reduce_mean(entropy)


def total(terms):
    """The sum of scalars, the same to the last bit at every run.

    `tf.add_n` begins with whichever term's memory is free for the result, which
    differs from run to run where a term is used elsewhere too.

    Args:
      terms: list of scalars.
    """
    return tf.reduce_sum(tf.stack(terms))
