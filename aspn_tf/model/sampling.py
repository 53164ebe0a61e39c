"""Some of many classes in place of all, for the softmax of Eq. 7 (ours).

Sampled softmax: Bengio and Senécal, "Adaptive importance sampling to accelerate
training of a neural probabilistic language model", 2008; here with the classes
of the batch for certain, so that they are each other's negatives too, and
others drawn evenly without replacement.
"""

import tensorflow as tf


def sampled(random, present, class_count, size):
    """The classes of one step, and what corrects their scores.

    With the correction added to the scores, the sum of their exponentials is
    in expectation that of all classes, and so is its gradient.

    Args:
      random: a `tf.random.Generator`.
      present: int64 (n,), classes that must be among them.
      class_count: C.
      size: how many there are to be; at least n + 1 and at most C there are.

    Returns:
      classes: int64 (k,), sorted.
      correction: float32 (k,), minus the log of each one's chance to be there;
        0 for those present.
    """
    is_present = tf.scatter_nd(
        present[:, None], tf.ones_like(present, tf.float32), [class_count]
    )
    is_present = tf.minimum(is_present, 1.0)
    count = tf.minimum(class_count, tf.maximum(size, tf.size(present) + 1))
    keys = random.uniform((class_count,)) + is_present  # these come first
    classes = tf.sort(tf.math.top_k(keys, count).indices)
    others = class_count - tf.reduce_sum(is_present)
    drawn = tf.cast(count, tf.float32) - (class_count - others)
    rarity = tf.math.log(tf.math.divide_no_nan(others, drawn))
    correction = tf.where(tf.gather(is_present, classes) > 0.0, 0.0, rarity)
    return tf.cast(classes, tf.int64), correction
