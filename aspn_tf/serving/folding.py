"""Partial evaluation: what no request changes is computed once, at export."""

import tensorflow as tf


def fold(function, spec):
    """Splits a function into what its argument changes and what it does not.

    The scores of a nearest-prototype method, say, need the prototypes of all
    classes, and these need the whole generator; traced as it is, the generator
    would run in every request. Nothing is rewritten: the same operations give
    the same results, some of them earlier.

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


def _worth_keeping(tensor):
    """Computed, that is neither a constant nor an eager tensor's capture."""
    computed = tensor.op.type not in ("Const", "Placeholder")
    return tensor.dtype.is_floating and computed
