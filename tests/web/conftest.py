"""A model of pictures and words: skies above grounds."""

import dataclasses
import io
import itertools

import numpy as np
import pytest
from PIL import Image
from stand_ins import Linear

from aspn_tf.serving import export

SIZE = (4, 4)
SKIES = {"night": 20, "dusk": 120, "noon": 230}
GROUNDS = {"coal": 30, "stone": 130, "snow": 240}
UNSEEN = ("dusk", "snow")
LATER = ("noon", "coal")  # the model does not know of it
KNOWN = [one for one in itertools.product(SKIES, GROUNDS) if one != LATER]
SURE = {
    "generalized": {"temperature": 2.0, "strangers": [0.2, 0.8]},
    "open": {"temperature": 1.0, "strangers": [0.1, 0.4]},
}


def drawn(sky, ground, seed=0, size=SIZE):
    """Grey pixels: the sky above, the ground below, and noise."""
    tones = np.repeat([SKIES[sky], GROUNDS[ground]], size[0] // 2)
    noise = np.random.default_rng(seed).normal(scale=4.0, size=size)
    return np.clip(tones[:, None] + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def picture():
    """Callable; the bytes of a picture's file, by sky and ground."""

    def made(sky, ground, kind="PNG"):
        file = io.BytesIO()
        Image.fromarray(drawn(sky, ground, 9, (40, 60))).save(file, kind)
        return file.getvalue()

    return made


@pytest.fixture(scope="session")
def skies():
    """A `Benchmark` as `aspn_tf.prepare` makes them of pictures and words."""
    from aspn_tf.data.benchmark import Benchmark, Split
    from aspn_tf.pictures import backbone, words

    encoder = words.named("words")
    eye = backbone.named("grey_pixels", size=SIZE)

    def split(classes, count):
        labels = np.repeat(classes, count)
        shown = [
            drawn(*KNOWN[label], 100 * count + row)[..., None]
            for row, label in enumerate(labels)
        ]
        return Split(eye.function(np.stack(shown)).numpy(), labels)

    unseen = np.array([KNOWN.index(UNSEEN)])
    seen = np.setdiff1d(np.arange(len(KNOWN)), unseen)
    texts = [[f"{sky} above, {ground} below"] for sky, ground in KNOWN]
    return Benchmark(
        name="skies",
        class_names=tuple("-".join(one) for one in KNOWN),
        semantics=encoder.semantics(texts),
        seen=seen,
        unseen=unseen,
        train=split(seen, 8),
        test_seen=split(seen, 2),
        test_unseen=split(unseen, 2),
        fingerprint="skies",
        card={
            "pictures": eye.card(),
            "words": encoder.card(),
            "joint": False,
            "descriptions": {},
            "examples": {},
        },
    )


def exported(benchmark, directory):
    """The directory, with a model of that benchmark."""
    method = Linear(benchmark.training())
    export.save(directory, method, benchmark, [], {}, 0.0, 0.0, SURE)
    return directory


@pytest.fixture(scope="session")
def pictured(skies, tmp_path_factory):
    """Where a model of pictures and words lies."""
    return exported(skies, tmp_path_factory.mktemp("pictured") / "model")


@pytest.fixture
def with_card(skies, tmp_path):
    """Callable; where such a model lies that was made by something else."""

    def made(**parts):
        other = dataclasses.replace(skies, card={**skies.card, **parts})
        return exported(other, tmp_path / "with_card")

    return made
