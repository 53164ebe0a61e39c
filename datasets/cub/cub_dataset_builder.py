"""CUB in the xlsa17 layout."""

from aspn_tf.datasets.xlsa17 import base


class Builder(base.Xlsa17Builder):
    """TFDS builder of cub; see README.md."""

    BUILDER_CONFIGS = base.configs("CUB")
    DEFAULT_BUILDER_CONFIG_NAME = "sent"
