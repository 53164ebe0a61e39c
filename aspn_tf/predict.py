r"""`python -m aspn_tf.predict`: an exported model on features or pictures.

Examples:
    python -m aspn_tf.predict --model=runs/mine/model --features=rows.npy \
        --output=answers.csv
"""

from aspn_tf import command

FILE = ".npy, .npz, .csv, .parquet, or .mat with"
FLAGS = (
    ("model", "", "Directory of the SavedModel: <run_dir>/model, or --export."),
    ("features", "", f"A row an example: {FILE} `features`, by column."),
    (
        "images",
        "",
        "In place of features: pictures, or directories of them, "
        "comma-separated, for a model of data from aspn_tf.prepare.",
    ),
    ("backbone", "", "Where the model's own backbone is now, if it has moved."),
    ("weights", "", "File of the backbone's weights; empty: Keras' own cache."),
    (
        "semantics",
        "",
        "The classes to choose among; empty: those of training. A row each: "
        f"{FILE} `att`, by column.",
    ),
    ("class_names", "", "Their names, a line each; seen ones are known by it."),
    ("output", "", "The file to write: .csv or .jsonl; must not exist."),
    ("top_k", 5, "Classes a row, the best first."),
    ("batch_size", 8192, "Rows at a time."),
    (
        "escape_formulas",
        False,
        "Put ' before a name in a .csv that a spreadsheet would compute: one "
        "that begins with = + - @, a tab or a carriage return.",
    ),
)


def predict(**values):
    """Writes the best classes of every row of a file, by these flags."""
    from aspn_tf.serving import predicting

    predicting.predict(**values)


if __name__ == "__main__":
    command.run(predict, FLAGS, configured=False)
