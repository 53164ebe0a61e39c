"""SUN in the xlsa17 layout."""

from aspn_tf.datasets.xlsa17 import base


class Builder(base.Xlsa17Builder):
    """TFDS builder of sun; see README.md."""

    BUILDER_CONFIGS = base.configs("SUN")
