"""`python -m aspn_tf.serve`: an exported model over HTTP.

python -m aspn_tf.serve --model=runs/mine/model --port=8080
"""

from aspn_tf import command
from aspn_tf.errors import needing

FLAGS = (
    ("model", "", "Directory of the SavedModel: <run_dir>/model, or --export."),
    ("host", "127.0.0.1", "Address to listen at; 0.0.0.0 for all."),
    ("port", 8000, "Port to listen at; 0 for one that is free."),
    (
        "token",
        "",
        "What requests must carry as `Authorization: Bearer`; @FILE: what a "
        "file holds; empty: nothing.",
    ),
    ("max_rows", 1024, "Examples of one request."),
    ("max_megabytes", 16, "Of one request's body."),
    ("backbone", "", "Where the model's own backbone is now, if it has moved."),
    ("weights", "", "File of the backbone's weights; empty: Keras' own cache."),
    ("encoder", "", "Where the model's own encoder is now, if it has moved."),
)


def serve(**values):
    """Serves until it is interrupted, by these flags."""
    with needing("serve", "`serve`"):
        from aspn_tf.web import server
    server.serve(**values)


if __name__ == "__main__":
    command.run(serve, FLAGS, configured=False)
