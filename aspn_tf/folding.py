"""Partial evaluation: what no request changes is computed once, at export."""

import numpy as np
import tensorflow as tf

PROBES = 3


def fold(function, spec):
    """Splits a function into what its argument changes and what it does not.

    The scores of a nearest-prototype method, say, need the prototypes of all
    classes, and these need the whole generator; traced as it is, the generator
    would run in every request.

    Args:
      function: pure tensor code of one tensor.
      spec: `tf.TensorSpec` of the argument.

    Returns:
      (folded, constants): a function with equal results, and the list of
      variables that hold what was computed now; a `tf.Module` that is to be
      saved with `folded` must own them.
    """
    traced = tf.compat.v1.wrap_function(function, [spec])
    argument = traced.inputs[0]
    moving, edges = {argument.op}, {}
    for op in traced.graph.get_operations():
        if any(tensor.op in moving for tensor in op.inputs):
            moving.add(op)
            edges |= {t.ref(): t for t in op.inputs if _worth_keeping(t)}
    edges = [tensor for tensor in edges.values() if tensor.op not in moving]
    constants = []
    if edges:
        constants = [
            tf.Variable(value, trainable=False)
            for value in traced.prune([], edges)()
        ]
    rest = traced.prune([argument, *edges], traced.outputs[0])

    def folded(rows):
        values = [constant.read_value() for constant in constants]
        return rest(tf.convert_to_tensor(rows), *values)

    return folded, constants


def affine(function, width):
    """The weights and the bias of a function that has no more than these.

    A function is affine when its Jacobian is the same everywhere, which is
    tried at a few random points: exact for matrix products, and never true of
    a norm or a hidden layer.

    Args:
      function: tensor code, (n, d) -> (n, m).
      width: d.

    Returns:
      (weights (d, m), bias (m,)), float32; or None, when it is not affine.
    """
    random = np.random.default_rng(0)
    points = tf.constant(random.standard_normal((PROBES, width), np.float32))
    with tf.GradientTape() as tape:
        tape.watch(points)
        values = function(points)
    jacobians = tape.batch_jacobian(values, points).numpy()
    largest = np.abs(jacobians).max()
    if np.abs(jacobians - jacobians[0]).max() > 1e-6 * largest:
        return None
    origin = function(tf.zeros((1, width)))
    return jacobians[0].T, origin[0].numpy()


def _worth_keeping(tensor):
    """Computed, that is neither a constant nor an eager tensor's capture."""
    computed = tensor.op.type not in ("Const", "Placeholder")
    return tensor.dtype.is_floating and computed
