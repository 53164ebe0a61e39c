"""Pictures and words over HTTP: what is answered and what is refused."""

import asyncio
import threading
import time

import numpy as np
import pytest
from fastapi.testclient import TestClient
from stand_ins import Linear

import aspn_tf
from aspn_tf.errors import InputError
from aspn_tf.serving import export
from aspn_tf.web import app, senses

PNG = {"Content-Type": "image/png"}
WORDS = {"name": "noon-coal", "description": "noon above, coal below"}
AWAY = {"encoder": "words", "digest": "another"}


@pytest.fixture
def model(pictured):
    return aspn_tf.load(pictured)


@pytest.fixture
def client(model):
    with TestClient(app.make(model)) as client:
        yield client


@pytest.fixture
def numbers(tiny, tmp_path):
    """Of a model of neither pictures nor words."""
    method = Linear(tiny.training())
    export.save(tmp_path / "model", method, tiny, [], {}, 0.25, 5.0)
    model = aspn_tf.load(tmp_path / "model")
    with TestClient(app.make(model)) as client:
        yield client


def refusal(answer, status=422):
    assert answer.status_code == status
    return answer.json()["detail"]


def test_the_answer_about_a_picture_is_that_of_its_features(
    client, model, picture
):
    content = picture("dusk", "stone")
    answer = client.post("/classify_picture?top_k=3", content=content)
    assert answer.status_code == 200
    backbone = senses.pictured.backbone_of(model)
    features = senses.pictured.one(content, backbone)
    rows = {"features": features.tolist(), "top_k": 3}
    expected = client.post("/classify", json=rows).json()["answers"]
    assert [answer.json()] == expected
    assert answer.json()["answer"] == "dusk-stone"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP"])
@pytest.mark.parametrize("told", ["image/any", "application/octet-stream", ""])
def test_the_bytes_tell_what_kind_of_picture_it_is(client, picture, kind, told):
    answer = client.post(
        "/classify_picture",
        content=picture("noon", "snow", kind),
        headers={"Content-Type": told},
    )
    assert answer.json()["answer"] == "noon-snow"


def test_pictures_and_rows_are_counted_in_the_same_batches(client, picture):
    client.post("/classify_picture", content=picture("noon", "snow"))
    text = client.get("/metrics").text
    assert "aspn_tf_batch_rows_sum 1.0" in text
    assert 'route="/classify_picture",status="200"} 1.0' in text


def test_who_is_doubted_is_unknown(client, picture):
    asked = "/classify_picture?unknown_below=1.0"
    answer = client.post(asked, content=picture("noon", "snow"))
    assert answer.json()["answer"] == "unknown"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("top_k=0", "`top_k` cannot be used. Input should be greater"),
        ("top_k=x", "`top_k` cannot be used. Input should be a valid int"),
        ("unknown_below=2", "`unknown_below` cannot be used."),
        ("typo=2", "`typo` cannot be used."),
    ],
)
def test_a_question_that_cannot_be_used_is_refused(
    client, picture, query, sentence
):
    answer = client.post(
        f"/classify_picture?{query}", content=picture("noon", "snow")
    )
    assert sentence in refusal(answer)


def test_what_is_no_picture_gets_a_sentence(client, picture):
    whole = picture("noon", "snow")
    for content in (b"", b"no picture", whole[: len(whole) // 2]):
        answer = client.post("/classify_picture", content=content, headers=PNG)
        assert "must be a whole picture (BMP, " in refusal(answer)
    answer = client.post("/classify_picture", files={"file": whole})
    assert refusal(answer).endswith("Received: multipart/form-data")


def test_a_picture_that_is_too_large_is_not_read(model, picture):
    content = picture("noon", "snow")
    fits = app.make(model, max_bytes=len(content))
    with TestClient(fits) as client:
        asked = "/classify_picture"
        assert client.post(asked, content=content).status_code == 200
        answer = client.post(asked, content=content + b"\0")
        assert f"at most {len(content)} bytes" in refusal(answer, 413)


def test_the_interface_tells_of_a_binary_body_and_of_texts(client):
    told = client.get("/openapi.json").json()
    body = told["paths"]["/classify_picture"]["post"]["requestBody"]
    binary = {"schema": {"type": "string", "format": "binary"}}
    assert body["required"]
    assert body["content"] == {
        "image/*": binary,
        "application/octet-stream": binary,
    }
    new = told["components"]["schemas"]["NewClass"]["properties"]
    kinds = [one["type"] for one in new["description"]["anyOf"]]
    assert kinds == ["string", "array", "null"]


@pytest.mark.parametrize("texts", [str, lambda text: [text, text]])
def test_a_class_comes_by_words(client, picture, texts):
    content = picture("noon", "coal")

    def best():
        answer = client.post("/classify_picture", content=content)
        return answer.json()["answer"]

    assert best() != "noon-coal"
    told = {**WORDS, "description": texts(WORDS["description"])}
    assert client.post("/classes", json=told).status_code == 201
    assert best() == "noon-coal"
    client.delete("/classes/noon-coal")
    assert best() != "noon-coal"


def test_words_are_the_mean_of_their_texts(client, model, skies):
    texts = ["night above, coal below", "noon above, snow below"]
    client.post("/classes", json={"name": "both", "description": texts})
    at = [skies.class_names.index(name) for name in ("night-coal", "noon-snow")]
    np.testing.assert_allclose(
        model.classes["both"], skies.semantics[at].mean(0), atol=1e-6
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"semantics": [0.0] * 1024}, "or by `description`. Received: both"),
        ({"description": None}, "or by `description`. Received: neither"),
        ({"description": []}, "`description` cannot be used. List should"),
        ({"description": 5}, "`description` cannot be used. Input should"),
        ({"description": [5]}, "`description.0` cannot be used. Input should"),
        ({"description": ["x"] * 1025}, "at most 1024 items"),
        ({"description": "?!"}, "must have words that the encoder knows"),
        ({"description": ["noon", ""]}, "must have words that the encoder"),
        ({"name": "dusk-coal"}, "must be new. Received: dusk-coal"),
        ({"name": " "}, "must have a name"),
    ],
)
def test_classes_that_cannot_be_are_refused(client, changes, sentence):
    answer = client.post("/classes", json={**WORDS, **changes})
    assert sentence in refusal(answer)
    assert len(client.get("/classes").json()["classes"]) == 8


def test_classes_tell_whether_pictures_and_words_are_taken(client, numbers):
    for one, taken in ((client, True), (numbers, False)):
        told = one.get("/classes").json()
        assert (told["pictures"], told["words"]) == (taken, taken)


def test_a_model_of_numbers_refuses_pictures_and_words(numbers, picture):
    answer = numbers.post("/classify_picture", content=picture("noon", "snow"))
    assert "trained on data of `python -m aspn_tf.prepare`" in refusal(answer)
    answer = numbers.post("/classes", json=WORDS)
    assert "a model whose semantics are of words. Received: one of tiny" in (
        refusal(answer)
    )


def test_what_cannot_be_had_is_told_once_and_done_without(with_card, picture):
    said = []
    other = {"backbone": "grey_pixels", "digest": "another"}
    card = {"size": [4, 4], "mode": "L", **other}
    model = aspn_tf.load(with_card(pictures=card, words=AWAY))
    made = app.make(model, senses=senses.Senses(model, say=said.append))
    assert [line.split(" must")[0] for line in said] == [
        "The backbone",
        "The encoder",
    ]
    with TestClient(made) as client:
        told = client.get("/classes").json()
        assert (told["pictures"], told["words"]) == (False, False)
        content = picture("noon", "snow")
        answer = client.post("/classify_picture", content=content)
        assert refusal(answer) == said[0]
        assert refusal(client.post("/classes", json=WORDS)) == said[1]
        rows = {"name": "z", "semantics": [1.0] * 1024}
        assert client.post("/classes", json=rows).status_code == 201


def test_a_model_of_numbers_is_no_news(tiny, tmp_path):
    method = Linear(tiny.training())
    export.save(tmp_path / "model", method, tiny, [], {}, 0.25, 5.0)
    said = []
    senses.Senses(aspn_tf.load(tmp_path / "model"), say=said.append)
    assert not said


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ({"backbone": "pixels"}, "must be the one that the model was trained"),
        ({"backbone": "nowhere"}, "`--backbone` must be one of"),
        ({"weights": "w.h5"}, "`--weights` must go with a network"),
        ({"encoder": "nowhere"}, "`--encoder` must be words or"),
    ],
)
def test_what_is_named_must_be_had(model, named, sentence):
    with pytest.raises(InputError, match=sentence):
        senses.Senses(model, **named)


def test_what_is_named_is_used(with_card, picture):
    card = {"backbone": "gone", "size": [4, 4], "mode": "L", "digest": "pixels"}
    gone = {"encoder": "gone", "digest": "hashed 1024"}
    model = aspn_tf.load(with_card(pictures=card, words=gone))
    found = senses.Senses(model, "grey_pixels", encoder="words")
    assert found.pictures and found.words
    assert not senses.Senses(model).pictures
    with TestClient(app.make(model, senses=found)) as client:
        assert client.post("/classes", json=WORDS).status_code == 201
        content = picture("noon", "coal")
        answer = client.post("/classify_picture", content=content)
        assert answer.json()["answer"] == "noon-coal"


def test_others_are_answered_while_words_are_read(client, picture, monkeypatch):
    reading, go = threading.Event(), threading.Event()

    def slow(self, texts):
        reading.set()
        assert go.wait(20.0)
        return np.ones(1024, np.float32)

    monkeypatch.setattr(senses.Senses, "semantics", slow)
    added = []
    asking = threading.Thread(
        target=lambda: added.append(client.post("/classes", json=WORDS))
    )
    asking.start()
    try:
        assert reading.wait(20.0)
        content = picture("noon", "snow")
        answer = client.post("/classify_picture", content=content)
        assert answer.json()["answer"] == "noon-snow"
        assert len(client.get("/classes").json()["classes"]) == 8
    finally:
        go.set()
        asking.join()
    assert added[0].status_code == 201


def test_only_some_pictures_are_read_at_once(model, picture, monkeypatch):
    now, most = [], []

    def slow(content, backbone):
        now.append(content)
        most.append(len(now))
        time.sleep(0.05)
        now.pop()
        return np.zeros((1, 16), np.float32)

    monkeypatch.setattr(senses.pictured, "one", slow)
    found = senses.Senses(model)

    async def ask():
        count = 3 * senses.AT_ONCE
        await asyncio.gather(*(found.features(b"") for _ in range(count)))

    asyncio.run(ask())
    assert len(most) == 3 * senses.AT_ONCE
    assert 1 < max(most) <= senses.AT_ONCE


def test_an_encoder_is_asked_by_one_thread_at_a_time():
    now, most = [], []

    def slow(batch):
        now.append(batch)
        most.append(len(now))
        time.sleep(0.02)
        now.pop()

    alone = senses._one_at_a_time(slow)
    threads = [threading.Thread(target=alone, args=(0,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 4
