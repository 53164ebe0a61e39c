"""aspn_tf: zero-shot recognition with generated visual prototypes.

Public names: `ZeroShotClassifier`, any method as a scikit-learn estimator;
`load`, an exported model; `ASPN`, the paper's model for Keras.
They are imported when used, so that `import aspn_tf` is quick.
"""

import os

# Read when TensorFlow is first imported. Without oneDNN, which TensorFlow
# leaves off on processors it does not know, products with a transposed matrix,
# half of a backward pass, take two to six times as long.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

# TensorFlow's own allocator keeps what a step frees for the next step. Else
# what has 32 MB and more, as gradients at the paper's sizes have, goes back to
# the system each time, and getting it anew can cost a third of a step. Without
# the limit it would refuse more than 64 GB.
os.environ.setdefault("TF_CPU_ALLOCATOR_USE_BFC", "true")
os.environ.setdefault("TF_CPU_BFC_MEM_LIMIT_IN_MB", str(1 << 20))

__all__ = ["ASPN", "ZeroShotClassifier", "load"]
__version__ = "0.1.0"


def load(directory):
    """Returns the `aspn_tf.serving.loaded.Model` that a run exported."""
    from aspn_tf.serving import loaded

    return loaded.load(directory)


def __getattr__(name):
    """Imports a class when it is asked for."""
    if name == "ASPN":
        from aspn_tf.model.aspn import ASPN

        return ASPN
    if name == "ZeroShotClassifier":
        from aspn_tf.estimator.classifier import ZeroShotClassifier

        return ZeroShotClassifier
    raise AttributeError(f"module 'aspn_tf' has no attribute '{name}'")
