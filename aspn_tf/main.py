"""`python -m aspn_tf.main`: flags in, experiment out."""

from aspn_tf import command


def main(config):
    """Runs the experiment; TensorFlow is only imported here."""
    from aspn_tf import experiment

    experiment.run(config)


if __name__ == "__main__":
    command.run(main)
