"""`python -m aspn_tf.cost`: Table 2 counted again, at the paper's sizes.

What the paper has not is loaded for its sizes; a reading `literal` counts.

Examples:
    python -m aspn_tf.cost --dataset=awa1
"""

from aspn_tf import command
from aspn_tf.methods.registry import METHODS

FLAGS = [("methods", ",".join(METHODS), "Which systems, comma-separated.")]


def main(config, methods):
    """Prints what the methods cost on the data set that the config names."""
    from aspn_tf.evaluation import cost, paper
    from aspn_tf.runs import run, study

    names = study.chosen("methods", methods, METHODS)
    sizes = paper.SIZES.get(config.dataset)
    if sizes is None:
        sizes = cost.sizes_of(run.load(config))
    costs = cost.at_sizes(sizes, {n: config.settings_of(n) for n in names})
    title = f"{config.name or config.dataset}, {sizes[0]}-d features"
    print(cost.table(title, costs))


if __name__ == "__main__":
    command.run(main, FLAGS)
