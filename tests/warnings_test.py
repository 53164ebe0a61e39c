"""The filterwarnings of pyproject.toml."""

import warnings

import pytest


def warn_from(module):
    warnings.warn_explicit("a sentence", UserWarning, "file.py", 1, module)


@pytest.mark.parametrize(
    "module",
    ["aspn_tf", "aspn_tf.model.losses", "aspn_tf.datasets.prepare", __name__],
)
def test_a_warning_from_our_modules_is_an_error(module):
    with pytest.raises(UserWarning, match="a sentence"):
        warn_from(module)


@pytest.mark.parametrize("module", ["keras.src.layers", "numpy", "aspn_tfx"])
def test_a_warning_from_a_library_is_none(module):
    warn_from(module)
