"""The default beside simple systems on splits that nobody has tuned on.

    python benchmarks/dealt_classes.py --dataset=cub --manual_dir=DIR --seeds=5

What is seen and what unseen is dealt by the seed, as many of each as the data
set has; so are the examples held out, a fifth of every seen class. Everything
else is as in `aspn_tf.compare`. Goes on where it was stopped;
DIR/dealt_classes.md holds the table.
"""

import dataclasses

import numpy as np
from few_examples import read, spread, waiting

from aspn_tf import command
from aspn_tf.data import partitions
from aspn_tf.data.views import Split
from aspn_tf.errors import InputError
from aspn_tf.methods import registry
from aspn_tf.runs import run, study, tables
from aspn_tf.runs.directory import cell_of, make_or_open, write_text

VALIDATION = 3  # one in so many seen classes is unseen in the one partition
FLAGS = [("others", "eszsl,sae,sync,dem", "Beside ours, comma-separated.")]
OURS, MEASURES = "aspn", ("T", "H", "AUSUC")


def main(config, others):
    """Runs the cells that are not there yet; prints the table."""
    if config.dataset == "digit_pairs":
        raise InputError(
            "`--dataset` must be one whose examples can be dealt anew. "
            "Received: digit_pairs, where test examples are made of other "
            "handwriting than training's, which dealing would mix"
        )
    methods = [OURS, *study.chosen("others", others, registry.METHODS)]
    whole = run.load(config)
    directory = make_or_open(config, f"dealt-{whole.name}", free=("seeds",))
    seeds = range(config.seed, config.seed + config.seeds)
    cells = {
        cell_of(directory, method, seed): (method, seed)
        for seed in seeds
        for method in methods
    }
    for place, (method, seed) in waiting(cells):
        own = config.replace(method=method, seed=seed, seeds=1)
        run.run_seed(own, dealt(whole, seed), place)
    text = table(
        {method: read(directory / method) for method in methods}, whole
    )
    write_text(directory / "dealt_classes.md", text + "\n")
    print(text)


def dealt(benchmark, seed):
    """The benchmark with other classes unseen, and other examples held out."""
    stream = np.random.default_rng(seed)
    splits = benchmark.train, benchmark.test_seen, benchmark.test_unseen
    labels = np.concatenate([split.labels for split in splits])
    features = np.concatenate([split.features for split in splits])
    order = stream.permutation(benchmark.class_count)
    unseen, seen = np.split(order, [len(benchmark.unseen)])
    held_out = partitions.held_out(labels, seen, stream)
    everything = Split(features, labels)
    is_unseen = np.isin(labels, unseen)
    is_held_out = np.isin(np.arange(len(labels)), held_out)
    anew = dataclasses.replace(
        benchmark,
        name=f"{benchmark.name}, dealt {seed}",
        seen=np.sort(seen),
        unseen=np.sort(unseen),
        train=everything.take(~is_unseen & ~is_held_out),
        test_seen=everything.take(is_held_out),
        test_unseen=everything.take(is_unseen),
        val_unseen=benchmark.val_unseen[:0],
        val_seen_rows=benchmark.val_seen_rows[:0],
    )
    return partitions.dealt(anew, 0, VALIDATION, seed)


def table(found, whole):
    """Markdown: means ± std over deals, and how often ours is ahead."""
    header = [f"{whole.name}, dealt anew", "deals", *MEASURES]
    header += [f"ours ahead in {name}" for name in MEASURES]
    lines = []
    for method, results in found.items():
        line = [registry.method_class(method).title, str(len(results))]
        line += [spread(list(results.values()), name) for name in MEASURES]
        line += [ahead(found[OURS], results, name) for name in MEASURES]
        lines.append(line)
    return tables.markdown(header, lines)


def ahead(ours, others, name):
    """In how many deals ours has more, and by how much in the mean, as text."""
    if ours is others:
        return "-"
    steps = [ours[seed][name] - others[seed][name] for seed in others]
    times = sum(step > 0 for step in steps)
    return f"{times} of {len(steps)}, {np.mean(steps):+.1f}"


if __name__ == "__main__":
    command.run(main, FLAGS)
