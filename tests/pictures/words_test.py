"""Descriptions to semantics."""

import numpy as np
import pytest

from aspn_tf.errors import InputError
from aspn_tf.pictures import words


def test_a_bag_has_words_and_pairs_and_length_one():
    bag = words.named("words")
    found = bag.semantics([["a red fox"], ["fox red a"], ["A  Red, fox!"]])
    assert found.shape == (3, words.WIDTH) and found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(found[0], found[2])
    assert (found[0] != found[1]).any()  # the pairs differ
    assert (found[0] * found[1]).sum() == pytest.approx(3 / 5)


def test_several_texts_of_a_class_are_averaged():
    encoder = words.Encoder(
        "lengths", "", lambda texts: [[len(t)] for t in texts]
    )
    found = encoder.semantics([["1", "123"], ["1234"]])
    np.testing.assert_array_equal(found, [[2], [4]])


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (lambda texts: [[1.0]], "one row a text"),
        (lambda texts: [1.0, 2.0], "one row a text"),
        (lambda texts: [[np.inf], [1.0]], "finite"),
        (lambda texts: [[0.0], [1.0]], "'one'"),
    ],
)
def test_an_encoder_must_answer_as_it_should(answer, match):
    with pytest.raises(InputError, match=match):
        words.Encoder("wrong", "", answer).semantics([["one"], ["two"]])


def test_a_text_without_words_is_refused():
    with pytest.raises(InputError, match="'!!!'"):
        words.named("words").semantics([["a fox"], ["!!!"]])


def test_unknown_encoders_are_refused():
    for name in ("word", "", "sentence-transformer:x"):
        with pytest.raises(InputError, match="--encoder"):
            words.named(name)


def test_another_encoder_than_the_models_is_refused():
    card = words.named("words").card()
    assert words.of_card(card).card() == card
    with pytest.raises(InputError, match="must be the one"):
        words.of_card({**card, "digest": "hashed 77"})


def test_a_model_that_is_not_here_is_refused():
    pytest.importorskip("sentence_transformers")
    with pytest.raises(InputError, match="on this machine"):
        words.named("sentence-transformers:nobody/nothing")


def test_without_the_library_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(
        __import__("sys").modules, "sentence_transformers", None
    )
    with pytest.raises(InputError, match=r"aspn_tf\[text\]"):
        words.named("sentence-transformers:all-MiniLM-L6-v2")
