"""Parameters, memory and FLOPs of a method: the paper's Table 2, counted again.

Needs no data: `at_sizes` builds methods on a training view without content.
"""

import inspect
import textwrap

import numpy as np
import tensorflow as tf

from aspn_tf.data.benchmark import TrainingView
from aspn_tf.evaluation import paper
from aspn_tf.evaluation.flops import flops
from aspn_tf.methods import registry

BATCH_SIZE = 64
FLOAT_BYTES = 4
LITERAL = "literal"  # the reading that follows the paper to the letter
WIDTHS = {
    "features": "feature_width",
    "semantics": "semantics_width",
    "noise": "noise_width",
}
DEFINITION = (
    "A multiply-add is 2 FLOPs. Forward: a batch of 64 divided by 64, since "
    "examples may heed each other (attention). Step: all updates of one "
    "training step, each on 64 fresh examples (where a critic is updated "
    "several times before a generator is once, all of them), divided by 64; "
    "a closed form has none. Memory: float32 weights; optimizer: what it keeps "
    "of each that is trained by steps, Adam two moments, plain descent "
    "nothing. Not counted: activations' memory, random numbers, moving data, "
    "what is trained or solved once before or after, and the operations that "
    "TensorFlow's profiler has no count for ({skipped})."
)
NOT_A_COST = (
    "The paper's MFLOPs are no cost of computing: its profiler saw a graph "
    "whose batch size was unknown and skipped every matrix product "
    "(Cycle-CLSWGAN's own graph gives 304.3 M that way)."
)


def of(method):
    """What a method costs.

    Args:
      method: an `aspn_tf.methods.base.Method`.

    Returns:
      A dict that json can write: `parameters` (of the trained networks; where
      there are none, what was solved for), `weight_bytes`, `optimizer_bytes`,
      `networks` (name to `parameters` and `forward_flops`),
      `training_step_flops` per example (None without a training step) and
      `not_counted`, operations without a count.
    """
    networks = {
        name: _network(part) for name, part in method.networks().items()
    }
    parameters = trained = sum(one["parameters"] for one in networks.values())
    if not networks:
        solved = method.trainable_variables
        parameters = sum(int(np.prod(part.shape)) for part in solved)
    step, skipped = None, []
    training_step = method.abilities().get("training_step")
    if training_step:
        rows = BATCH_SIZE * method.batches_per_step
        total, skipped = flops(
            training_step,
            tf.TensorSpec((rows, method.view.feature_width), tf.float32),
            tf.TensorSpec((rows,), tf.int64),
        )
        step = total / BATCH_SIZE
    return {
        "parameters": parameters,
        "weight_bytes": FLOAT_BYTES * parameters,
        "optimizer_bytes": method.optimizer_slots * FLOAT_BYTES * trained,
        "networks": networks,
        "training_step_flops": step,
        "not_counted": skipped,
    }


def sizes_of(benchmark):
    """The sizes of a `Benchmark`, as `at_sizes` takes them."""
    return (
        benchmark.feature_width,
        benchmark.semantics_width,
        len(benchmark.seen),
        len(benchmark.unseen),
    )


def at_sizes(sizes, settings):
    """What methods cost where nothing but the sizes is known.

    Args:
      sizes: widths of features and semantics, numbers of seen and of unseen
        classes, such as `aspn_tf.evaluation.paper.SIZES["awa1"]`.
      settings: dict of name in the registry to the method's `Settings`, which
        are changed as its reading `literal` says where it has one.

    Returns:
      Method name to the dict of `of`.
    """
    view = blank(*sizes)
    costs = {}
    for name, given in settings.items():
        changes = given.READINGS.get(LITERAL, {})
        own = {k: v for k, v in changes.items() if hasattr(given, k)}
        costs[name] = of(registry.build(name, view, given.replace(**own)))
    return costs


def blank(width, semantics_width, seen_count, unseen_count):
    """A `TrainingView` of these sizes, one example a seen class, no content."""
    count = seen_count + unseen_count
    return TrainingView(
        features=np.zeros((seen_count, width), np.float32),
        labels=np.arange(seen_count),
        semantics=np.ones((count, semantics_width), np.float32),
        seen=np.arange(seen_count),
        unseen=np.arange(seen_count, count),
    )


def table(title, costs):
    """The report as text, beside the paper's Table 2.

    Args:
      title: its first line.
      costs: what `at_sizes` returns.
    """
    lines = [
        title,
        _row("", "parameters", "weights", "optimizer", "forward", "step"),
    ]
    for name, cost in costs.items():
        lines.append(
            _row(
                name,
                f"{cost['parameters']:,}",
                f"{cost['weight_bytes'] / 1e6:.1f} MB",
                f"{cost['optimizer_bytes'] / 1e6:.1f} MB",
                "",
                _millions(cost["training_step_flops"], 1),
            )
        )
        for part, one in cost["networks"].items():
            count = f"{one['parameters']:,}"
            forward = _millions(one["forward_flops"], 2)
            lines.append(_row("  " + part, count, "", "", forward, ""))
        if name in paper.TABLE_2:
            flops_printed, parameters_printed = paper.TABLE_2[name]
            lines.append(
                f"  printed in the paper (on AWA's sizes): "
                f"{parameters_printed} M parameters, {flops_printed} MFLOPs"
            )
    skipped = sorted(
        {op for one in costs.values() for op in one["not_counted"]}
    )
    definition = DEFINITION.format(skipped=", ".join(skipped) or "none")
    return "\n".join(
        [*lines, "", textwrap.fill(definition), textwrap.fill(NOT_A_COST)]
    )


def _network(network):
    """Parameters and forward FLOPs of a built Keras network or layer."""
    arguments = inspect.signature(network.call).parameters.values()
    specs = [
        tf.TensorSpec(
            (BATCH_SIZE, _input_width(network, argument.name)), tf.float32
        )
        for argument in arguments
        if argument.default is argument.empty
    ]
    count, _ = flops(network.call, *specs)
    return {
        "parameters": network.count_params(),
        "forward_flops": count / BATCH_SIZE,
    }


def _input_width(network, name):
    """The width of an argument; that of a plain layer from its build."""
    if name in WIDTHS and hasattr(network, WIDTHS[name]):
        return getattr(network, WIDTHS[name])
    return network.get_build_config()["input_shape"][-1]


def _millions(count, digits):
    return "-" if count is None else f"{count / 1e6:,.{digits}f} M"


def _row(title, *cells):
    return f"{title:<16}" + "".join(f"{cell:>13}" for cell in cells)
