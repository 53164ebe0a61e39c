"""Animals with Attributes 1 in the xlsa17 layout."""

from aspn_tf.datasets.xlsa17 import awa_attributes, base


class Builder(base.Xlsa17Builder):
    """TFDS builder of awa1; see README.md."""

    BUILDER_CONFIGS = base.configs("AWA1")
    ATTRIBUTE_NAMES = awa_attributes.NAMES
