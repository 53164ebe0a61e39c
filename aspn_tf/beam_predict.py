r"""`python -m aspn_tf.beam_predict`: an exported model on shards, by Beam.

Examples:
    python -m aspn_tf.beam_predict --model=runs/mine/model \
        --input='rows/*.parquet' --output=answers/ -- --direct_num_workers=2 \
        --direct_running_mode=multi_processing
"""

from aspn_tf import command
from aspn_tf.errors import needing

FLAGS = (
    ("model", "", "Directory of the SavedModel, where every worker sees it."),
    (
        "input",
        "",
        "Pattern of the shards' names: .parquet, whose columns are features, "
        "or one, `features`, is lists of them; or .tfrecord of "
        "tf.train.Example with `features`. An `id` is no feature.",
    ),
    (
        "output",
        "",
        "What the answers' files begin with, such as DIR/; each is named as "
        "its shard, and appears when it is whole. The same command goes on.",
    ),
    ("output_format", "", "parquet or tfrecord; empty: that of each shard."),
    ("top_k", 5, "Classes a row, the best first."),
    ("batch_size", 8192, "Rows at a time."),
)


def predict(**values):
    """Writes the best classes of every row of the shards, by these flags."""
    with needing("beam", "`beam_predict`"):
        from aspn_tf.passes import answering
    answering.predict(**values)


if __name__ == "__main__":
    command.run(predict, FLAGS, configured=False, rest="beam_flags")
