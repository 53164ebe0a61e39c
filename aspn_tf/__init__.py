"""aspn_tf: zero-shot recognition with generated visual prototypes."""

import os

# Read when TensorFlow is first imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__version__ = "0.1.0"


def load(directory):
    """Returns the `aspn_tf.serving` model that a run exported."""
    from aspn_tf.serving import loaded as serving

    return serving.Model(directory)
