"""`python -m aspn_tf.compare`: every system on the same footing, one table.

python -m aspn_tf.compare --methods=aspn,eszsl,sae --seeds=3
python -m aspn_tf.compare --dataset=awa2 --budget=20 --jobs=2
"""

from aspn_tf import command
from aspn_tf.methods.registry import METHODS

FLAGS = [
    ("methods", ",".join(METHODS), "Which rows, comma-separated."),
    command.JOBS,
]


def main(config, methods, jobs):
    """Runs what the flags ask for; TensorFlow is only imported here."""
    from aspn_tf.runs import comparison

    comparison.main(config, methods, jobs)


if __name__ == "__main__":
    command.run(main, FLAGS)
