r"""`python -m aspn_tf.prepare`: a data set from pictures and words.

Examples:
    python -m aspn_tf.prepare --images=pictures --classes=classes.csv \
        --output=own/MINE
    python -m aspn_tf.main --dataset=xlsa17 --manual_dir=own --name=MINE
"""

from aspn_tf import command

FLAGS = (
    ("images", "", "Directory with a folder of pictures for each class."),
    (
        "classes",
        "",
        "CSV with a header: `class`, then attributes as numbers, or "
        "descriptions; perhaps `unseen` (yes: its pictures are held out).",
    ),
    ("output", "", "Directory to write, DIR/NAME; the same command goes on."),
    (
        "backbone",
        "resnet101",
        "Features by a network of keras.applications, a .keras file, a "
        "SavedModel, sentence-transformers:MODEL, pixels or grey_pixels.",
    ),
    ("weights", "", "File of the network's weights; empty: Keras' own cache."),
    ("image_size", "", "HEIGHT,WIDTH; empty: the network's own."),
    (
        "encoder",
        "words",
        "Semantics of descriptions by sentence-transformers:MODEL, or by "
        "`words`, a bag of them that knows no meaning.",
    ),
    ("unseen", "", "Classes, comma-separated, whose pictures are held out."),
    ("strict", False, "Refuse a file that is no whole picture; else skip it."),
    ("test_share", 0.2, "Of a seen class's pictures, held out to test on."),
    ("batch_size", 32, "Pictures at a time."),
    ("seed", 0, "Of which pictures are held out."),
)


def prepare(**values):
    """Writes the data set and says how to train on it, by these flags."""
    from aspn_tf.pictures import making

    making.make(**values)


if __name__ == "__main__":
    command.run(prepare, FLAGS, configured=False)
