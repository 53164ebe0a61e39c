"""`python -m aspn_tf.cell`: one cell of a study, in a process of its own.

`--jobs` of `compare` and `ablate` starts it, with the flags that the study
has left in `--run_dir`.
"""

from aspn_tf import command


def main(config):
    """Runs the cell; TensorFlow is only imported here."""
    from aspn_tf.runs import cells

    cells.alone(config)


if __name__ == "__main__":
    command.run(main, checked=False)
