"""`python -m aspn_tf.ablate`: what each part is worth, as in Fig. 3a, b."""

from aspn_tf import command

FLAGS = [("variants", "", "Which rows, comma-separated; empty: all.")]


def main(config, variants):
    """Runs what the flags ask for; TensorFlow is only imported here."""
    from aspn_tf.runs import ablation

    ablation.main(config, variants)


if __name__ == "__main__":
    command.run(main, FLAGS)
