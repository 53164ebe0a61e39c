"""card.json: as it was written, or refused, or without a picture's size."""

import os

import pytest

from aspn_tf.datasets.xlsa17 import card
from aspn_tf.errors import InputError

CONTENT = {
    "pictures": {"backbone": "grey_pixels", "size": [8, 4]},
    "descriptions": {},
    "examples": {},
}


def test_a_card_is_read_as_written(tmp_path):
    assert card.read(tmp_path) is None
    (tmp_path / card.FILE).write_text(card.text(CONTENT))
    assert card.read(tmp_path) == CONTENT
    assert card.image_shape(CONTENT, 32) == (8, 4)
    assert card.image_shape(CONTENT, 33) is None


@pytest.mark.parametrize(
    "size", [None, 5, 0.5, "84", ["8", "4"], [8, [4]], [8.0, 4], {"8": 4}]
)
def test_what_is_no_size_is_none(size):
    pictures = CONTENT["pictures"] | {"size": size}
    assert card.image_shape({"pictures": pictures}, 32) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 10**5, "9" * 10**4])
def test_other_content_is_refused(tmp_path, text):
    (tmp_path / card.FILE).write_text(text)
    with pytest.raises(InputError, match="card.json must be what"):
        card.read(tmp_path)


def test_a_large_card_is_not_read(tmp_path):
    (tmp_path / card.FILE).write_bytes(b"{}")
    os.truncate(tmp_path / card.FILE, 1 << 40)
    with pytest.raises(InputError, match="more than 268435456 bytes"):
        card.read(tmp_path)
