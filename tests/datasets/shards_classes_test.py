"""The file that tells of the classes of shards."""

import numpy as np
import pytest

from aspn_tf.datasets.shards import classes
from aspn_tf.errors import InputError


def read(tmp_path, text):
    path = tmp_path / "classes.csv"
    path.write_text(text)
    return classes.read(path)


def test_it_tells_names_semantics_and_who_is_unseen(tmp_path):
    text = "class,unseen,a,b\ncat,,1,2.5\n007,No,0,1\nzebra,Yes,3,-1\n"
    told = read(tmp_path, text)
    assert told.names == ("cat", "007", "zebra")
    assert told.attributes == ("a", "b")
    np.testing.assert_array_equal(told.semantics, [[1, 2.5], [0, 1], [3, -1]])
    assert told.semantics.dtype == np.float32
    assert told.unseen.tolist() == [2]


def test_a_label_is_a_name_or_where_no_name_is_a_number_a_line(tmp_path):
    told = read(tmp_path, "class,unseen,a\ncat,,1\ndog,,1\n")
    assert told.ids() == {"cat": 0, "dog": 1, "0": 0, "1": 1}
    told = read(tmp_path, "class,unseen,a\n1,,1\ndog,,1\n")
    assert told.ids() == {"1": 0, "dog": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "have a header"),
        ("class,a\ncat,1\n", "have a header"),
        ("class,unseen,a\ncat,perhaps,1\n", "Received: 'perhaps'"),
        ("class,unseen,a\ncat,,red\ndog,,1\n", "numbers"),
        ("class,unseen,a\ncat,,1\ncat,,1\n", "each once"),
        ("class,unseen,a\n,,1\ncat,,1\n", "name every class"),
        ("class,unseen,a\ncat,,\ndog,,1\n", "finite"),
        ("class,unseen,a\ncat,,1e99\ndog,,1\n", "finite"),
        ("class,unseen\ncat,\ndog,\n", "numbers on every"),
        ("class,unseen,a\ncat,,1\ndog,yes,1\n", "two classes"),
    ],
)
def test_another_file_is_refused(tmp_path, text, said):
    with pytest.raises(InputError, match=said) as refused:
        read(tmp_path, text)
    assert "\n" not in str(refused.value)


def test_no_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="must be a file"):
        classes.read(tmp_path / "classes.csv")
