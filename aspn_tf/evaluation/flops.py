"""FLOPs of a function, by TensorFlow's profiler, never silently too few.

A FLOP is one floating-point operation; a multiply-add is two. The profiler
reads a traced graph whose shapes are all known: where one is not, or where an
operation hides its body, it counts nothing and says nothing. That is an error
here. Operations that nothing is made of, such as the gradients by weights that
a tape records and nobody asks for, are in the graph, but TensorFlow never runs
them; they do not count.
"""

import contextlib
import io

import tensorflow as tf

OPAQUE = frozenset(
    "Case Einsum If PartitionedCall StatefulPartitionedCall StatelessCase "
    "StatelessIf StatelessWhile While XlaEinsum".split()
)
MOVES = frozenset(
    "AssignVariableOp BroadcastTo Cast ConcatV2 ExpandDims Fill GatherV2 "
    "Identity IdentityN OnesLike Pack PreventGradient ReadVariableOp Reshape "
    "ResourceGather Shape Size Slice Split SplitV Squeeze StopGradient "
    "StridedSlice StridedSliceGrad Tile Transpose Unpack ZerosLike".split()
)


def flops(function, *specs):
    """FLOPs of one call, and the operations that have no count.

    Args:
      function: plain tensor code, or a `tf.function` of it; no further
        `tf.function` and no `if` or loop over tensors within.
      *specs: `tf.TensorSpec`s of its arguments, every dimension known.

    Returns:
      (int, sorted list of operation types).

    Raises:
      ValueError: the count would be zero, or silently too low.
    """
    if not hasattr(function, "get_concrete_function"):
        function = tf.function(function, autograph=False)
    graph = function.get_concrete_function(*specs).graph
    operations = executed(graph)
    hidden = sorted({op.type for op in operations} & OPAQUE)
    vague = [
        op.name
        for op in operations
        if op.type == "MatMul"
        and not all(tensor.shape.is_fully_defined() for tensor in op.inputs)
    ]
    if hidden or vague:
        raise ValueError(
            "FLOPs can be counted where every matrix product is in the open "
            f"and of known shape. Received: {hidden + vague}"
        )
    names = {op.name for op in operations}
    counts = {k: n for k, n in _counted(_profile(graph)) if k in names}
    if not counts:
        raise ValueError(
            "A function must have FLOPs to count. Received: zero from the "
            f"profiler for {function}"
        )
    with_count = {op.type for op in operations if op.name in counts}
    skipped = {
        op.type
        for op in operations
        if op.type not in with_count | MOVES
        and any(tensor.dtype.is_floating for tensor in op.inputs)
    }
    return sum(counts.values()), sorted(skipped)


def executed(graph):
    """The operations of a function's graph that a call of it runs, a list."""
    waiting = [tensor.op for tensor in graph.outputs]
    waiting += graph.control_outputs
    found = set()
    while waiting:
        op = waiting.pop()
        if op not in found:
            found.add(op)
            waiting += [tensor.op for tensor in op.inputs]
            waiting += op.control_inputs
    return [op for op in graph.get_operations() if op in found]


def _profile(graph):
    """The profiler's tree of a graph, without what it prints."""
    builder = tf.compat.v1.profiler.ProfileOptionBuilder
    options = builder(builder.float_operation()).with_empty_output().build()
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")
    nowhere = io.StringIO()
    try:
        with (
            contextlib.redirect_stdout(nowhere),
            contextlib.redirect_stderr(nowhere),
        ):
            return tf.compat.v1.profiler.profile(graph=graph, options=options)
    finally:
        logger.setLevel(level)


def _counted(node):
    """(Name of an operation, its count), from the profiler's tree."""
    if node.float_ops:
        yield node.name, node.float_ops
    for child in node.children:
        yield from _counted(child)
