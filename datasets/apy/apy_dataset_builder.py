"""APY in the xlsa17 layout."""

from aspn_tf.datasets.xlsa17 import base


class Builder(base.Xlsa17Builder):
    """TFDS builder of apy; see README.md."""

    BUILDER_CONFIGS = base.configs("APY")
