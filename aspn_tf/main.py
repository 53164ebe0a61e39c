"""`python -m aspn_tf.main`: flags in, experiment (or search) out.

python -m aspn_tf.main --dataset=cub --seeds=3
python -m aspn_tf.main --method=eszsl --run_dir=runs/eszsl
"""

from aspn_tf import command


def main(config):
    """Runs what the flags ask for; TensorFlow is only imported here."""
    if config.tune:
        from aspn_tf.runs import tune

        tune.run(config)
    else:
        from aspn_tf.runs import run

        run.run(config)


if __name__ == "__main__":
    command.run(main)
