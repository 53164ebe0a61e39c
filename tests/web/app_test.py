"""Routes of the server: what they answer and what they refuse."""

import concurrent.futures
import json

import numpy as np
import pytest
from fastapi.testclient import TestClient
from stand_ins import Linear

import aspn_tf
from aspn_tf.serving import export
from aspn_tf.web import app

JSON = {"Content-Type": "application/json"}
SURE = {
    "generalized": {"temperature": 2.0, "strangers": [0.2, 0.8]},
    "open": {"temperature": 1.0, "strangers": [0.1, 0.4]},
}


@pytest.fixture(scope="module")
def place(tiny, tmp_path_factory):
    directory = tmp_path_factory.mktemp("served") / "model"
    method = Linear(tiny.training())
    export.save(directory, method, tiny, [], {}, 0.25, 5.0, SURE)
    return directory


@pytest.fixture(scope="module")
def model(place):
    return aspn_tf.load(place)


@pytest.fixture
def client(place):
    with TestClient(app.make(aspn_tf.load(place))) as client:
        yield client


def test_the_answer_is_that_of_the_model(client, model, tiny):
    features = tiny.test_unseen.features
    answer = client.post(
        "/classify", json={"features": features.tolist(), "top_k": 3}
    )
    assert answer.status_code == 200
    expected = model.classify(features, top_k=3)
    chances = np.sort(model.predict_proba(features))[:, ::-1]
    for row, one in enumerate(answer.json()["answers"]):
        names = [found["name"] for found in one["classes"]]
        assert names == list(expected.names[row])
        assert one["answer"] == names[0]
        for k, found in enumerate(one["classes"]):
            assert found["score"] == pytest.approx(
                float(expected.scores[row, k]), rel=1e-5
            )
            assert found["probability"] == pytest.approx(chances[row, k])


def test_requests_at_once_get_each_its_own_answer(client, model, tiny):
    rows = tiny.test_seen.features
    names = model.predict(rows)

    def ask(k):
        given = {"features": rows[k : k + 1 + k % 3].tolist(), "top_k": 1}
        found = client.post("/classify", json=given).json()["answers"]
        return [one["answer"] for one in found]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for k, found in enumerate(pool.map(ask, range(25))):
            assert found == list(names[k : k + 1 + k % 3])


def test_who_is_doubted_is_unknown(client, tiny):
    given = {"features": tiny.test_seen.features[:3].tolist()}
    sure = client.post("/classify", json={**given, "unknown_below": 1.0})
    assert {one["answer"] for one in sure.json()["answers"]} == {"unknown"}


def test_a_class_comes_and_goes(client, model, tiny):
    features = tiny.test_unseen.features[:2].tolist()
    new = {"name": "a new/one", "semantics": tiny.semantics[9].tolist()}
    before = client.post("/classify", json={"features": features}).json()
    added = client.post("/classes", json=new)
    assert added.status_code == 201
    assert added.json()["classes"][-1] == {
        "name": "a new/one",
        "seen": False,
        "added": True,
    }
    answer = client.post("/classify", json={"features": features, "top_k": 99})
    names = {one["name"] for one in answer.json()["answers"][0]["classes"]}
    assert names == {*model.classes, "a new/one"}
    gone = client.delete("/classes/a%20new%2Fone")
    assert [one["name"] for one in gone.json()["classes"]] == list("abcdefghij")
    assert (
        client.post("/classify", json={"features": features}).json() == before
    )


def test_classes_of_a_request_are_its_own(client, model, tiny):
    features = tiny.test_unseen.features[:4]
    classes = {name: model.classes[name].tolist() for name in "ajb"}
    answer = client.post(
        "/classify", json={"features": features.tolist(), "classes": classes}
    )
    expected = model.classify(features, {k: model.classes[k] for k in "ajb"})
    for row, one in enumerate(answer.json()["answers"]):
        assert [f["name"] for f in one["classes"]] == list(expected.names[row])
        assert {f["probability"] for f in one["classes"]} == {None}
    assert len(client.get("/classes").json()["classes"]) == 10


def test_it_tells_its_health_its_counts_and_its_interface(client, tiny):
    assert client.get("/healthz").json() == {"status": "ok"}
    client.post("/classify", json={"features": tiny.semantics.tolist()})
    client.post(
        "/classify", json={"features": tiny.test_seen.features.tolist()}
    )
    text = client.get("/metrics").text
    for status in (422, 200):
        labels = f'method="POST",route="/classify",status="{status}"'
        assert f"aspn_tf_requests_total{{{labels}}} 1.0" in text
    assert "aspn_tf_batch_rows_sum 28.0" in text
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/classify", "/classes", "/describe", "/healthz"} <= set(paths)
    assert "<title>aspn_tf</title>" in client.get("/").text


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "`features` cannot be used. Field required."),
        ({"features": []}, "`features` cannot be used. List should have at l"),
        ({"features": [[0.0] * 5]}, "must be rows of 6 numbers. Received: 5"),
        ({"features": [[0.0] * 6, [0.0]]}, "Received: 1 in row 1"),
        ({"features": [["x"] * 6]}, "`features.0.0` cannot be used"),
        ({"features": [[0.0] * 6] * 1025}, "at most 1024 rows a request"),
        ({"features": [[1e300] + [0.0] * 5]}, "NaN or infinity"),
        ({"features": [[float("nan")] + [0.0] * 5]}, "NaN or infinity"),
        ({"features": [[0.0] * 6], "top_k": 0}, "`top_k` cannot be used"),
        ({"features": [[0.0] * 6], "unknown_below": 2}, "`unknown_below`"),
        ({"features": [[0.0] * 6], "typo": 2}, "`typo` cannot be used"),
        ({"features": [[0.0] * 6], "classes": {}}, "`classes` cannot be used"),
        (
            {"features": [[0.0] * 6], "classes": {"a": [1.0]}},
            "`semantics` must have the shape (rows, 4). Received: (1, 1)",
        ),
        (
            {
                "features": [[0.0] * 6],
                "classes": {"a": [1.0] * 4},
                "unknown_below": 0.5,
            },
            "`unknown_below` must come with probabilities",
        ),
    ],
)
def test_what_cannot_be_asked_gets_a_sentence(client, given, sentence):
    answer = client.post("/classify", content=json.dumps(given), headers=JSON)
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]


@pytest.mark.parametrize(
    ("name", "semantics", "sentence"),
    [
        ("a", [0.0] * 4, "must be new. Received: a"),
        ("  ", [0.0] * 4, "must have a name"),
        ("unknown", [0.0] * 4, "not the word for none"),
        ("z", [0.0] * 3, "must be rows of 4 numbers. Received: 3"),
    ],
)
def test_classes_that_cannot_be_are_refused(client, name, semantics, sentence):
    given = {"name": name, "semantics": semantics}
    answer = client.post("/classes", json=given)
    assert answer.status_code == 422 and sentence in answer.json()["detail"]
    assert len(client.get("/classes").json()["classes"]) == 10


def test_only_added_classes_can_go(client):
    answer = client.delete("/classes/a")
    assert answer.status_code == 422
    assert "Only a class that was added" in answer.json()["detail"]


def test_a_method_that_cannot_describe_says_so(client, tiny):
    given = {"features": tiny.test_seen.features.tolist()}
    answer = client.post("/describe", json=given)
    assert answer.status_code == 422
    assert "a signature `describe`" in answer.json()["detail"]


def test_bad_json_gets_a_sentence(client):
    answer = client.post("/classify", content=b"{", headers=JSON)
    assert answer.status_code == 422
    assert "cannot be used" in answer.json()["detail"]


@pytest.mark.parametrize("told", [True, False])
def test_a_body_that_is_too_long_is_not_read(place, told):
    with TestClient(app.make(aspn_tf.load(place), max_bytes=100)) as client:
        body = b" " * 101
        content = body if told else (body[k : k + 1] for k in range(101))
        answer = client.post("/classify", content=content)
        assert answer.status_code == 413
        assert "at most 100 bytes" in answer.json()["detail"]
        text = client.get("/metrics").text
        assert 'route="(none)",status="413"' in text


def test_a_token_guards_all_but_health(place):
    with TestClient(app.make(aspn_tf.load(place), token="schlüssel")) as client:
        for headers in ({}, {"Authorization": "Bearer other"}):
            for path in ("/classes", "/metrics"):
                assert client.get(path, headers=headers).status_code == 401
            answer = client.post("/classify", json={}, headers=headers)
            assert answer.status_code == 401
        assert client.get("/healthz").status_code == 200
        right = {"Authorization": "Bearer schlüssel".encode()}
        assert client.get("/classes", headers=right).status_code == 200
