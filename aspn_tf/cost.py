"""Parameters, memory and FLOPs: the paper's Table 2, counted again.

`python -m aspn_tf.cost --dataset=awa1` needs no data; a run reports on its
own networks.
"""

import inspect
import textwrap

import numpy as np
import tensorflow as tf

from aspn_tf import command, paper
from aspn_tf.baselines.cycle_clswgan import CycleCLSWGAN
from aspn_tf.benchmark import Benchmark, Split
from aspn_tf.config import LITERAL, Config
from aspn_tf.errors import InputError
from aspn_tf.flops import flops
from aspn_tf.model import ASPN

BATCH_SIZE = 64
FLOAT_BYTES = 4
WIDTHS = {
    "features": "feature_width",
    "semantics": "semantics_width",
    "noise": "noise_width",
}
SIZES = {  # widths of features and semantics; seen and unseen classes
    "awa1": (paper.FEATURE_WIDTH, 85, 40, 10),
    "awa2": (paper.FEATURE_WIDTH, 85, 40, 10),
    "cub": (paper.FEATURE_WIDTH, 1024, 150, 50),
    "flo": (paper.FEATURE_WIDTH, 1024, 82, 20),
    "digit_pairs": (128, 20, 80, 20),
}
DEFINITION = (
    "A multiply-add is 2 FLOPs. Forward: a batch of 64 divided by 64, since "
    "the attention's examples heed each other. Step: all updates of one "
    "training step on a batch of 64 (five of the critic, each on 64 fresh "
    "examples, and one of the generator for Cycle-CLSWGAN; one of each for "
    "ASPN), divided by 64. Memory: float32 weights; optimizer: Adam's two "
    "moments of each. Not counted: activations' memory, random numbers, "
    "moving data, what is trained once before or after, and the operations "
    "that TensorFlow's profiler has no count for ({skipped})."
)
NOT_A_COST = (
    "The paper's MFLOPs are no cost of computing: its profiler saw a graph "
    "whose batch size was unknown and skipped every matrix product "
    "(Cycle-CLSWGAN's own graph gives 304.3 M that way)."
)


def of(method):
    """What a built method costs.

    Args:
      method: an `aspn_tf.method.Method` whose networks exist.

    Returns:
      A dict that json can write: `parameters`, `weight_bytes`,
      `optimizer_bytes`, `networks` (name to `parameters` and
      `forward_flops`), `training_step_flops` per example (None without a
      training step) and `not_counted`, operations without a count.
    """
    networks = method.networks()
    if networks:
        return count(
            networks,
            getattr(method, "training_step", None),
            getattr(method, "batches_per_step", 1),
        )
    sizes = [int(np.prod(v.shape)) for v in method.trainable_variables]
    return {
        "parameters": sum(sizes),
        "weight_bytes": FLOAT_BYTES * sum(sizes),
        "optimizer_bytes": 0,
        "networks": {},
        "training_step_flops": None,
        "not_counted": [],
    }


def count(networks, training_step, batches_per_step=1):
    """What networks cost; the dict of `of`.

    Args:
      networks: name to built Keras network.
      training_step: None, or plain tensor code of features (n, d) and labels
        (n,) that makes all updates of one step.
      batches_per_step: how many batches of examples it takes at once.
    """
    counted = {name: _network(part) for name, part in networks.items()}
    parameters = sum(part["parameters"] for part in counted.values())
    step, skipped = None, []
    if training_step:
        rows = BATCH_SIZE * batches_per_step
        width = networks["generator"].feature_width
        total, skipped = flops(
            training_step,
            tf.TensorSpec((rows, width), tf.float32),
            tf.TensorSpec((rows,), tf.int64),
        )
        step = total / BATCH_SIZE
    return {
        "parameters": parameters,
        "weight_bytes": FLOAT_BYTES * parameters,
        "optimizer_bytes": 2 * FLOAT_BYTES * parameters,
        "networks": counted,
        "training_step_flops": step,
        "not_counted": skipped,
    }


def at_sizes(dataset):
    """Costs of Cycle-CLSWGAN and of ASPN as the paper has it; needs no data.

    Args:
      dataset: one of `SIZES`.

    Returns:
      Method name to the dict of `of`.

    Raises:
      InputError: another data set.
    """
    if dataset not in SIZES:
        raise InputError(
            f"`--dataset` must be one of {', '.join(SIZES)}. "
            f"Received: {dataset}"
        )
    config = Config(**LITERAL)
    blank = _blank(*SIZES[dataset])
    peer = CycleCLSWGAN(config)
    peer.build(blank)
    model = ASPN(config, blank.semantics, blank.seen, blank.feature_width)
    model.compile(config.learning_rate)
    parts = ("generator", "decoder", "critic", "attention")
    return {
        "cycle_clswgan": of(peer),
        "aspn": count(
            {part: getattr(model, part) for part in parts},
            lambda features, labels: model.train_step((features, labels)),
        ),
    }


def table(dataset, costs):
    """The report as text, beside the paper's Table 2."""
    lines = [
        f"{dataset}, {SIZES[dataset][0]}-d features",
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
                f"{cost['training_step_flops'] / 1e6:,.1f} M",
            )
        )
        for part, one in cost["networks"].items():
            count = f"{one['parameters']:,}"
            forward = f"{one['forward_flops'] / 1e6:,.2f} M"
            lines.append(_row("  " + part, count, "", "", forward, ""))
        printed = paper.TABLE_2[name]
        lines.append(
            f"  printed in the paper (on AWA's sizes): {printed[1]} M "
            f"parameters, {printed[0]} MFLOPs"
        )
    skipped = sorted(
        {op for one in costs.values() for op in one["not_counted"]}
    )
    definition = DEFINITION.format(skipped=", ".join(skipped))
    return "\n".join(
        [*lines, "", textwrap.fill(definition), textwrap.fill(NOT_A_COST)]
    )


def _network(network):
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


def _blank(width, semantics_width, seen_count, unseen_count):
    """A benchmark of the right sizes without content."""
    seen = np.arange(seen_count)
    unseen = np.arange(seen_count, seen_count + unseen_count)

    def split(classes):
        shape = (len(classes), width)
        return Split(np.zeros(shape, np.float32), classes)

    count = seen_count + unseen_count
    return Benchmark(
        name="blank",
        class_names=tuple(str(i) for i in range(count)),
        semantics=np.ones((count, semantics_width), np.float32),
        seen=seen,
        unseen=unseen,
        train=split(seen),
        test_seen=split(seen),
        test_unseen=split(unseen),
        fingerprint="",
    )


def _row(title, *cells):
    return f"{title:<16}" + "".join(f"{cell:>13}" for cell in cells)


def main(config):
    """Prints the report for the data set that the config names."""
    print(table(config.dataset, at_sizes(config.dataset)))


if __name__ == "__main__":
    command.run(main)
