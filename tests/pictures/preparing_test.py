"""From folders and words to a data set that trains."""

import json

import numpy as np
import pytest
from picture_folder import fill

from aspn_tf.data import loading, partitions
from aspn_tf.errors import InputError
from aspn_tf.evaluation import same_text
from aspn_tf.pictures import backbone, preparing, words

TONES = {name: 20 * k for k, name in enumerate("abcdefgh")}
WORDS = dict(zip("abcdefgh", "nil one two three four five six seven".split()))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    place = tmp_path_factory.mktemp("pictures") / "in"
    fill(place, {name: TONES[name] for name in "abcdef"}, 10)
    (place / "b" / "broken.png").write_bytes(b"no")
    return place


@pytest.fixture
def table(tmp_path):
    """Writes the file about classes; all of them unless told."""

    def table(
        header="class,description", row="{0},the number {1}", names=WORDS
    ):
        lines = [header, *(row.format(n, WORDS[n]) for n in names)]
        (tmp_path / "classes.csv").write_text("\n".join(lines) + "\n")
        return tmp_path / "classes.csv"

    return table


def prepare(pictures, classes, output, **changes):
    grey = backbone.named("grey_pixels", size=(6, 6))
    options = {"backbone": grey, **changes}
    return preparing.prepare(pictures, classes, output, **options)


def load(place, tmp_path):
    return loading.load(
        "xlsa17",
        manual_dir=place.parent,
        name=place.name,
        data_dir=tmp_path / "data",
    )


def test_classes_without_pictures_are_unseen(pictures, table, tmp_path):
    made = prepare(pictures, table(), tmp_path / "own/MINE")
    assert made.seen == tuple("abcdef") and made.unseen == ("g", "h")
    assert made.measured == () and made.pictures == 60
    assert len(made.skipped) == 1 and "broken.png" in made.skipped[0]
    found = load(tmp_path / "own/MINE", tmp_path)
    assert found.class_names == tuple("abcdefgh")
    assert found.seen.tolist() == [0, 1, 2, 3, 4, 5]
    assert found.unseen.tolist() == [6, 7]
    assert np.bincount(found.train.labels).tolist() == [8] * 6
    assert np.bincount(found.test_seen.labels).tolist() == [2] * 6
    assert found.test_unseen.features.shape == (0, 36)
    assert found.image_shape == (6, 6)
    assert found.card["words"]["encoder"] == "words"
    assert found.card["descriptions"]["c"] == ["the number two"]


def test_what_cannot_be_measured_is_measured_on_seen_classes(
    pictures, table, tmp_path
):
    prepare(pictures, table(), tmp_path / "own/MINE")
    whole = load(tmp_path / "own/MINE", tmp_path)
    shown = partitions.measurable(whole)
    assert shown.name == "MINE (validation)"
    assert "cannot be measured" in shown.notes[-1]
    assert shown.class_names == tuple("abcdef")
    tests = len(shown.test_unseen.labels), len(shown.test_seen.labels)
    assert all(tests) and len(shown.unseen) == 2
    rows = {row.tobytes() for row in shown.train.features}
    for split in (shown.test_unseen, shown.test_seen):
        assert not rows & {row.tobytes() for row in split.features}
    assert partitions.measurable(shown) is shown


@pytest.mark.parametrize("by_column", [True, False])
def test_held_out_classes_are_measured_on(by_column, pictures, table, tmp_path):
    held = "class,description,unseen", "{0},the number {1},{2}"
    classes, unseen = table(), ("b", "e")
    if by_column:
        lines = [held[0]]
        lines += [
            held[1].format(n, WORDS[n], "yes" if n in unseen else "")
            for n in WORDS
        ]
        classes.write_text("\n".join(lines))
        unseen = ()
    made = prepare(pictures, classes, tmp_path / "own/MINE", unseen=unseen)
    assert made.measured == ("b", "e")
    found = load(tmp_path / "own/MINE", tmp_path)
    assert found.unseen.tolist() == [1, 4, 6, 7]
    assert np.unique(found.test_unseen.labels).tolist() == [1, 4]
    assert len(found.test_unseen.labels) == 20
    assert partitions.measurable(found) is found


def test_all_classes_may_have_pictures(pictures, table, tmp_path):
    made = prepare(pictures, table(names="abcdef"), tmp_path / "own/MINE")
    assert made.unseen == ()
    found = load(tmp_path / "own/MINE", tmp_path)
    assert found.unseen.tolist() == []
    assert len(partitions.measurable(found).unseen) == 2


def test_attributes_are_semantics_as_they_are(pictures, table, tmp_path):
    classes = table("class,red,green", "{0},1,{1}", "abcdef")
    lines = [f"{name},{k},{k * k}" for k, name in enumerate("abcdef")]
    classes.write_text("\n".join(["class,red,green", *lines]))
    prepare(pictures, classes, tmp_path / "own/MINE")
    found = load(tmp_path / "own/MINE", tmp_path)
    assert found.attribute_names == ("red", "green")
    assert found.semantics.tolist() == [[k, k * k] for k in range(6)]
    assert found.card["words"] is None and found.card["descriptions"] == {}


def test_an_encoder_may_be_any_callable(pictures, table, tmp_path):
    def lengths(texts):
        return [[len(text), 1.0] for text in texts]

    prepare(pictures, table(), tmp_path / "own/MINE", encoder=lengths)
    found = load(tmp_path / "own/MINE", tmp_path)
    assert found.semantics[2].tolist() == [len("the number two"), 1.0]
    assert "lengths" in found.card["words"]["encoder"]


def test_another_card_is_another_data_set(pictures, table, tmp_path):
    prepare(pictures, table(), tmp_path / "own/MINE")
    first = load(tmp_path / "own/MINE", tmp_path)
    path = tmp_path / "own/MINE/card.json"
    content = json.loads(path.read_text())
    content["descriptions"]["a"] = ["something else"]
    path.write_text(json.dumps(content))
    again = load(tmp_path / "own/MINE", tmp_path)
    assert again.fingerprint != first.fingerprint
    assert again.card["descriptions"]["a"] == ["something else"]


@pytest.mark.parametrize("text", ["{", "[]", '{"pictures": {}}', "\udcff"])
def test_a_damaged_card_gets_a_sentence(text, pictures, table, tmp_path):
    prepare(pictures, table(), tmp_path / "own/MINE")
    path = tmp_path / "own/MINE/card.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match="card.json"):
        load(tmp_path / "own/MINE", tmp_path)


@pytest.mark.slow
def test_the_share_to_test_on_is_drawn_by_the_seed(pictures, table, tmp_path):
    def rows(**options):
        prepare(pictures, table(), tmp_path / "own/MINE", **options)
        found = load(tmp_path / "own/MINE", tmp_path)
        return {row.tobytes() for row in found.test_seen.features}

    first = rows(seed=1)
    assert rows(seed=1) == first != rows(seed=2)
    assert len(rows(test_share=0.5)) == 30


@pytest.mark.parametrize(
    ("changes", "names", "match"),
    [
        ({"strict": True}, WORDS, "broken.png .* 1 such files in all"),
        ({"unseen": ("z",)}, WORDS, "--unseen.*z"),
        ({"unseen": tuple("abcde")}, WORDS, "two classes or more"),
        ({}, "abc", "none of d, e, f"),
        ({"encoder": "word"}, WORDS, "--encoder"),
        ({"backbone": "resnet"}, WORDS, "--backbone"),
    ],
)
def test_what_cannot_be_used_leaves_what_was_there(
    changes, names, match, pictures, table, tmp_path
):
    place = tmp_path / "own/MINE"
    prepare(pictures, table(), place)
    before = {
        path.name: path.read_bytes()
        for path in place.iterdir()
        if path.is_file()
    }
    with pytest.raises(InputError, match=match):
        prepare(pictures, table(names=names), place, **changes)
    after = {
        path.name: path.read_bytes()
        for path in place.iterdir()
        if path.is_file()
    }
    assert after == before


def test_a_class_without_a_whole_picture_is_named(table, tmp_path):
    fill(tmp_path / "in", {"a": 1, "b": 50, "c": 99}, 2)
    for path in (tmp_path / "in/b").iterdir():
        path.write_bytes(b"no")
    with pytest.raises(InputError, match="none of b"):
        prepare(tmp_path / "in", table(names="abc"), tmp_path / "own/MINE")


def test_one_picture_a_class_is_trained_on(table, tmp_path):
    fill(tmp_path / "in", {"a": 1, "b": 50, "c": 99}, 1)
    fill(tmp_path / "in", {"d": 150, "e": 200}, 3)
    prepare(tmp_path / "in", table(names="abcde"), tmp_path / "own/MINE")
    found = load(tmp_path / "own/MINE", tmp_path)
    assert np.bincount(found.train.labels).tolist() == [1, 1, 1, 2, 2]
    assert found.test_seen.labels.tolist() == [3, 4]


def test_a_place_that_cannot_be_written_gets_a_sentence(
    pictures, table, tmp_path
):
    (tmp_path / "own").write_text("a file")
    with pytest.raises(InputError, match="own"):
        prepare(pictures, table(), tmp_path / "own/MINE")


class Both:
    """Pictures and words in one space, as sentence-transformers has CLIP."""

    def encode(self, things):
        return np.stack([self.one(thing) for thing in things])

    def one(self, thing):
        if isinstance(thing, str):
            words = list(WORDS.values())
            tone = 20.0 * words.index(thing.rpartition(" ")[2])
        else:
            tone = np.asarray(thing)[: thing.height // 2, :, 0].mean()
        return np.array([tone, 255.0 - tone, 60.0], np.float32)


def test_a_model_of_both_makes_one_space(
    pictures, table, tmp_path, monkeypatch
):
    name = "sentence-transformers:clip"
    monkeypatch.setattr(words, "transformer", lambda name, flag: Both())
    monkeypatch.setattr(words, "digest_of", lambda model: "both")
    whole = backbone.named(name)
    prepare(
        pictures,
        table(),
        tmp_path / "own/MINE",
        backbone=whole,
        encoder=name,
        unseen=("b", "e"),
    )
    found = load(tmp_path / "own/MINE", tmp_path)
    assert found.joint and found.training().joint and found.feature_width == 3
    assert found.validation().joint
    plain, _ = same_text.reports(found, calibrated=False)
    assert plain.T >= 90.0 and plain.s >= 80.0
    prepare(pictures, table(), tmp_path / "own/MINE", encoder="words")
    assert not load(tmp_path / "own/MINE", tmp_path).joint
