"""Rankings of the true class above the wrong ones, and their subgradient steps.

Over the margins M = Delta + F(x, y) - F(x, y_true), where Delta is the margin
asked for and y any wrong class, Xian et al., "Zero-shot learning: the good,
the bad and the ugly", TPAMI 2018, state three objectives of an example:

- `every`: sum_y max(0, M_y), DeViSE's and LatEm's;
- `hardest`: max(0, max_y M_y), SJE's;
- `by_rank`: (beta_r / r) sum_y max(0, M_y), ALE's, with r the number of wrong
  classes that violate the margin and beta_r = 1 + 1/2 + ... + 1/r, a constant
  of the step.

Each is known by the weight that it puts on a wrong class, from which the step
follows. F(x, y) = max_k x^T W_k s_y; one map W_k or several.

Symbols, once: B examples, C seen classes, K maps; x feature (d), s semantics
(q).
"""

import tensorflow as tf


def every(margins):
    """Weights (B, C) of margins (B, C), 0 at the true class: all violators."""
    return tf.cast(margins > 0.0, margins.dtype)


def hardest(margins):
    """Weights (B, C): 1 on the largest violator; among equals the first."""
    largest = tf.one_hot(tf.argmax(margins, axis=-1), tf.shape(margins)[-1])
    return largest * every(margins)


def by_rank(margins):
    """Weights (B, C): beta_r / r on each of r violators."""
    violators = every(margins)
    rank = tf.reduce_sum(violators, axis=-1, keepdims=True)
    one_to_count = tf.range(1, tf.shape(margins)[-1] + 1)
    betas = tf.cumsum(1.0 / tf.cast(one_to_count, margins.dtype))
    beta = tf.gather(betas, tf.maximum(tf.cast(rank, tf.int32) - 1, 0))
    return violators * beta / tf.maximum(rank, 1.0)


def map_scores(features, kernel, semantics):
    """x^T W_k s of every map.

    Args:
      features: (B, d).
      kernel: (d, K q), the maps side by side.
      semantics: (m, q).

    Returns:
      (B, K, m).
    """
    count, width = sizes(semantics)
    maps = sizes(kernel)[1] // width
    projected = tf.reshape(tf.matmul(features, kernel), (-1, width))
    scores = tf.matmul(projected, semantics, transpose_b=True)
    return tf.reshape(scores, (-1, maps, count))


def step(weigh, kernel, features, labels, semantics, rate, margin):
    """One subgradient step down the objectives' sum over the examples.

    Args:
      weigh: `every`, `hardest` or `by_rank`.
      kernel: (d, K q).
      features: (B, d).
      labels: int64 (B,), rows of the semantics.
      semantics: (C, q), of the seen classes.
      rate: of the step.
      margin: Delta.

    Returns:
      The kernel after it, and of the examples before it the mean objective,
      the mean number of violators, and (K,) how often each map was the one
      that scored the true class.
    """
    count, width = sizes(semantics)
    maps = sizes(kernel)[1] // width
    scores = map_scores(features, kernel, semantics)
    winner = tf.one_hot(tf.argmax(scores, axis=1), maps, axis=1)
    scores = tf.reduce_max(scores, axis=1)
    true = tf.one_hot(labels, count)
    own = tf.reduce_sum(true * scores, axis=-1, keepdims=True)
    margins = (1.0 - true) * (margin + scores - own)
    weights = weigh(margins)
    rise = true * tf.reduce_sum(weights, axis=-1, keepdims=True) - weights
    routed = tf.reshape(winner * rise[:, None], (-1, count))
    moves = tf.reshape(tf.matmul(routed, semantics), (-1, maps * width))
    moved = kernel + rate * tf.matmul(features, moves, transpose_a=True)
    found = (
        tf.reduce_sum(weights * margins, axis=-1),
        tf.reduce_sum(every(margins), axis=-1),
        tf.reduce_sum(winner * true[:, None], axis=-1),
    )
    return moved, *(tf.reduce_mean(one, axis=0) for one in found)


def compiled(weigh):
    """Many steps as one compiled function, for maps of any size.

    Args:
      weigh: `every`, `hardest` or `by_rank`.

    Returns:
      A `tf.function` of features (n, d), labels (n,), rows int64 (steps, B),
      kernel (d, K q), semantics (C, q), rate and margin. It gives what `step`
      gives: the kernel after all steps, and means over them.
    """
    matrix = tf.TensorSpec((None, None), tf.float32)
    number = tf.TensorSpec((), tf.float32)

    @tf.function(
        input_signature=(
            *(matrix, tf.TensorSpec((None,), tf.int64)),
            *(tf.TensorSpec((None, None), tf.int64), matrix, matrix),
            *(number, number),
        )
    )
    def steps(features, labels, rows, kernel, semantics, rate, margin):
        loss, violators = 0.0, 0.0
        wins = tf.zeros((sizes(kernel)[1] // sizes(semantics)[1],))
        for chosen in rows:
            kernel, *found = step(
                weigh,
                kernel,
                tf.gather(features, chosen),
                tf.gather(labels, chosen),
                semantics,
                rate,
                margin,
            )
            loss, violators = loss + found[0], violators + found[1]
            wins = wins + found[2]
        count = tf.cast(tf.shape(rows)[0], tf.float32)
        return kernel, loss / count, violators / count, wins / count

    return steps


def sizes(matrix):
    """Rows and columns of a matrix, numbers where they are known."""
    return [
        known if known is not None else tf.shape(matrix)[axis]
        for axis, known in enumerate(matrix.shape)
    ]
