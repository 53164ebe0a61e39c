"""Replicas: a batch moves a model as far on several devices as on one."""

import json
import textwrap

import forked
import keras
import numpy as np
import pytest
from small_aspn import STILL, batch, make

pytestmark = pytest.mark.slow  # processes of several devices

STEPS, ROWS, RATE = 2, 16, 0.02
# The attention sees a replica's rows alone, and depends on their number.
MEAN = {**STILL, "attention": False}
SUM = {**MEAN, "reduction": "sum", "semantic_weight": 0.0, "cycle_weight": 0.0}
SCRIPT = f"""
    import json
    import keras
    import tensorflow as tf

    device = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        device, [tf.config.LogicalDeviceConfiguration()] * 4
    )
    import small_aspn

    def made(count, **changes):
        strategy = tf.distribute.MirroredStrategy(
            [f"CPU:{{number}}" for number in range(count)],
            tf.distribute.ReductionToOneDevice(),
        )
        with strategy.scope():
            model = small_aspn.make(keras.optimizers.SGD({RATE}), **changes)
        return strategy, model

    def train(strategy, model):
        count = strategy.num_replicas_in_sync
        features, labels = (
            strategy.experimental_distribute_values_from_function(
                lambda context: parts[context.replica_id_in_sync_group]
            )
            for parts in (
                tf.split(rows, count) for rows in small_aspn.batch({ROWS})
            )
        )
        history = []
        for _ in range({STEPS}):
            model.reset_metrics()
            strategy.run(model.train_step, args=((features, labels),))
            terms = model.get_metrics_result()
            history.append({{name: float(terms[name]) for name in terms}})
        return history

    def per_replica(strategy, values):
        parts = strategy.experimental_local_results(values)
        return [part.numpy().tolist() for part in parts]

    found = {{
        "mean": [train(*made(count, **{MEAN})) for count in (2, 4)],
        "sum": [train(*made(2, **{SUM}))],
    }}
    strategy, model = made(4, adversarial_weight=0.0, cycle_weight=0.0)
    drawn = strategy.run(
        lambda: (
            model.noise(3),
            model.random.uniform((9,), maxval=1000, dtype=tf.int64),
        )
    )
    found["drawn"] = [per_replica(strategy, values) for values in drawn]
    train(strategy, model)
    found["copies"] = [
        per_replica(strategy, variable.value)
        for variable in model.trainable_variables
    ]
    print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found():
    # In a process of its own: devices are set up before TensorFlow runs.
    done = forked.run(["-c", textwrap.dedent(SCRIPT)])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("reduction", "changes"), [("mean", MEAN), ("sum", SUM)]
)
def test_one_batch_gives_the_losses_of_one_device(found, reduction, changes):
    # SGD: Adam would not tell a gradient from its double.
    model = make(keras.optimizers.SGD(RATE), **changes)
    for step in range(STEPS):
        model.reset_metrics()
        alone = model.train_step(batch(ROWS))
        for other in found[reduction]:
            assert set(other[step]) == set(alone)
            for name in set(alone) - {"gradient_penalty"}:  # of a random mix
                np.testing.assert_allclose(
                    other[step][name],
                    alone[name],
                    rtol=1e-5,
                    atol=1e-6,
                    err_msg=name,
                )


def test_replicas_stay_equal(found):
    # Four weights of the generator, as many of the decoder, three of the
    # attention.
    assert len(found["copies"]) == 11
    for first, *others in found["copies"]:
        for other in others:
            np.testing.assert_array_equal(first, other)


@pytest.mark.parametrize("what", [0, 1], ids=["noise", "pseudo labels"])
def test_every_replica_draws_numbers_of_its_own(found, what):
    drawn = [str(numbers) for numbers in found["drawn"][what]]
    assert len(set(drawn)) == 4
