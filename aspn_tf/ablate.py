"""`python -m aspn_tf.ablate`: what each part is worth, as in Fig. 3a, b.

python -m aspn_tf.ablate --variants=baseline,spn,aspn --seeds=3
"""

from aspn_tf import command

FLAGS = [
    ("variants", "", "Which rows, comma-separated; empty: every part."),
    command.JOBS,
]


def main(config, variants, jobs):
    """Runs what the flags ask for; TensorFlow is only imported here."""
    from aspn_tf.runs import ablation

    ablation.main(config, variants, jobs)


if __name__ == "__main__":
    command.run(main, FLAGS)
