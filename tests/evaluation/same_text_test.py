"""The plain cosine, worked by hand, and what a learnt map makes of it."""

import dataclasses

import numpy as np
import pytest
from small import built

from aspn_tf.data.benchmark import Benchmark, Split
from aspn_tf.evaluation import same_text, selection

# Classes at 0, 90, 45 and 135 degrees; the last two are unseen.
SEMANTICS = np.array([[2, 0], [0, 3], [1, 1], [-5, 5]], np.float32)
CARD = {"joint": True}


def at(*degrees):
    angle = np.deg2rad(degrees)
    return np.stack([7 * np.cos(angle), 7 * np.sin(angle)], 1).astype("f4")


@pytest.fixture
def planar():
    return Benchmark(
        name="planar",
        class_names=tuple("abcd"),
        semantics=SEMANTICS,
        seen=np.array([0, 1]),
        unseen=np.array([2, 3]),
        train=Split(at(0, 10, 80, 90), np.array([0, 0, 1, 1])),
        test_seen=Split(at(10, 30, 80, 100), np.array([0, 0, 1, 1])),
        test_unseen=Split(at(40, 10, 130, 89), np.array([2, 2, 3, 3])),
        fingerprint="planar",
        card=CARD,
    )


def test_it_is_the_nearest_direction(planar):
    plain, measured = same_text.reports(planar, calibrated=False)
    # 10 degrees is nearer to 45 than to 135; 89 is nearer to 45 too.
    assert plain.T == 75.0
    # 30 degrees goes to 45, 10 to 0, 89 to 90.
    assert plain.s == 75.0 and plain.u == 50.0
    assert plain.H == measured.H == pytest.approx(60.0)


def test_its_calibration_is_chosen_on_validation(tiny):
    width = tiny.semantics_width
    joint = dataclasses.replace(
        tiny,
        train=Split(tiny.train.features[:, :width], tiny.train.labels),
        test_seen=Split(
            tiny.test_seen.features[:, :width], tiny.test_seen.labels
        ),
        test_unseen=Split(
            tiny.test_unseen.features[:, :width], tiny.test_unseen.labels
        ),
        card=CARD,
    )
    plain, measured = same_text.reports(joint, calibrated=True)
    assert measured.calibration != 0.0 == plain.calibration
    assert measured.ausuc == plain.ausuc


def clip(seed=0):
    """Pictures and words in one space: words are class means but for noise."""
    stream = np.random.default_rng(seed)
    means = stream.normal(size=(24, 12))

    def split(classes, count):
        labels = np.repeat(np.asarray(classes), count)
        noise = stream.normal(size=(len(labels), 12))
        return Split((means[labels] + noise).astype(np.float32), labels)

    words = means + 0.1 * stream.normal(size=means.shape)
    return Benchmark(
        name="clip",
        class_names=tuple(f"c{k:02d}" for k in range(24)),
        semantics=words.astype(np.float32),
        seen=np.arange(16),
        unseen=np.arange(16, 24),
        train=split(range(16), 10),
        test_seen=split(range(16), 10),
        test_unseen=split(range(16, 24), 20),
        fingerprint="clip",
        card=CARD,
        val_unseen=np.arange(5),
        val_seen_rows=np.arange(50, 160, 5),
    )


@pytest.mark.slow
@pytest.mark.parametrize("joint", [True, False])
def test_validation_may_weigh_it_beside_what_is_learnt(joint):
    whole = clip()
    if not joint:
        whole = dataclasses.replace(whole, card=None)
    part = whole.validation()
    method = built("aspn", part.training(), epochs=0)
    (choice, _), *_ = selection.Walk(method, part, True)
    uses = method.uses(method.rounds()[0])
    assert any("cosine_share" in use for use in uses) == joint
    named = {**choice.setting, **choice.setting.get("traditional", {})}
    assert ("cosine_share" in named) == joint
    method.use(choice.setting)
    heads = method.heads(part.test_unseen.features)
    assert ("cosine" in heads) == joint
    if joint:
        plain, _ = same_text.reports(part, calibrated=False)
        assert choice.measures["T"] >= plain.T
        rows = part.test_unseen.features
        cosine = (rows / np.linalg.norm(rows, axis=1, keepdims=True)) @ (
            part.semantics
            / np.linalg.norm(part.semantics, axis=1, keepdims=True)
        ).T
        np.testing.assert_allclose(heads["cosine"], cosine, atol=1e-5)
        weights = method.weights({**uses[0], "cosine_share": 0.3})
        spread = np.std(method.heads(part.train.features)["cosine"], axis=1)
        assert weights["generalized"]["cosine"] * spread.mean() > 0
        opened = method.open_heads(rows, part.semantics)
        np.testing.assert_allclose(opened["cosine"], cosine, atol=1e-5)
