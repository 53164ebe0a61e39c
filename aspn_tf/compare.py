"""`python -m aspn_tf.compare`: every system on the same footing, one table."""

from aspn_tf import command
from aspn_tf.methods.registry import METHODS

FLAGS = [("methods", ",".join(METHODS), "Which rows, comma-separated.")]


def main(config, methods):
    """Runs what the flags ask for; TensorFlow is only imported here."""
    from aspn_tf.runs import comparison

    comparison.main(config, methods)


if __name__ == "__main__":
    command.run(main, FLAGS)
