"""What a file tells of classes, and forty ways to get it wrong."""

import os

import numpy as np
import pytest

from aspn_tf.errors import InputError
from aspn_tf.pictures import classes


@pytest.fixture
def told(tmp_path):
    def told(text, encoding="utf-8"):
        (tmp_path / "classes.csv").write_bytes(text.encode(encoding))
        return classes.read(tmp_path / "classes.csv")

    return told


def test_numbers_are_attributes(told):
    found = told("class,big,striped\nzebra,1,1\nhorse,1,0.5\n")
    assert found.names == ("zebra", "horse")
    assert found.attributes == ("big", "striped")
    np.testing.assert_array_equal(found.semantics, [[1, 1], [1, 0.5]])
    assert found.descriptions == () and found.unseen == ()


def test_words_are_descriptions_in_columns_and_in_rows(told):
    found = told(
        'class,text,more\nzebra,"striped, fast",\nhorse,fast,grazes\n'
        "zebra,a horse with stripes,\n"
    )
    assert found.names == ("zebra", "horse")
    assert found.semantics is None
    assert found.descriptions == (
        ["striped, fast", "a horse with stripes"],
        ["fast", "grazes"],
    )


def test_a_column_tells_which_are_held_out(told):
    found = told("unseen,class,big\nyes,zebra,1\n,horse,2\nTrue,cow,3\n0,pig,4")
    assert found.unseen == ("zebra", "cow")
    assert found.attributes == ("big",)


def test_a_byte_order_mark_and_empty_lines_are_no_matter(told):
    found = told("class,big\r\n\r\nzebra,1\r\n  \r\n", "utf-8-sig")
    assert found.names == ("zebra",)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "header"),
        ("class,big\n", "header"),
        ("name,big\nzebra,1\n", "`class`"),
        ("class,class,big\nz,z,1\n", "`class`"),
        ("class,big,big\nz,1,1\n", "each once"),
        ("class,,big\nz,1,1\n", "each once"),
        ("class\nzebra\n", "column"),
        ("class,unseen\nzebra,yes\n", "column"),
        ("class,big\nzebra\n", "2 cells .* 1 in line 2"),
        ("class,big\nzebra,1,2\n", "2 cells .* 3 in line 2"),
        ("class,big\n,1\n", "no name in line 2"),
        ("class,big\nz,1\nz,2\n", "z again in line 3"),
        ("class,big\nz,nan\n", "finite .* line 2"),
        ("class,big\nz,inf\n", "finite"),
        ("class,big\nz,1\ny,large\n", "alone"),
        ("class,big,wide\nz,1,\n", "alone"),
        ("class,text\nz,\n", "no word on z"),
        ("class,big,unseen\nz,1,perhaps\n", "yes or no .*perhaps"),
        ('class,big\n"z,1\n', "CSV"),
        ('class,text\nz,"a"b"\n', "CSV"),
    ],
)
def test_what_cannot_be_used_gets_a_sentence(text, match, told):
    with pytest.raises(InputError, match=match):
        told(text)


def test_many_classes_take_no_time(told):
    lines = "".join(f"n{number},1\n" for number in range(30_000))
    assert len(told("class,a\n" + lines).names) == 30_000


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "classes.csv")
    with pytest.raises(InputError, match="a pipe"):
        classes.read(tmp_path / "classes.csv")
    hole = tmp_path / "hole.csv"
    hole.write_bytes(b"class,a\n")
    os.truncate(hole, 1 << 40)
    with pytest.raises(InputError, match="at most 268435456 bytes"):
        classes.read(hole)


def test_a_file_that_is_no_text_is_refused(told, tmp_path):
    with pytest.raises(InputError, match="UTF-8"):
        told("class,text\nz,\u00e4\n", "latin-1")
    with pytest.raises(InputError, match="CSV"):
        classes.read(tmp_path)
    with pytest.raises(InputError, match="CSV"):
        classes.read(tmp_path / "nowhere.csv")
