"""Pictures a second through `prepare` beside the backbone alone.

    python benchmarks/prepare_speed.py --backbone=resnet101 --pictures=256

Photographs are made up, 500 x 375 pixels as JPEG; weights are random. The
backbone alone answers the same pictures, decoded before, in the same batches;
both are measured in turn, and the median of the rounds' ratios is printed.
"""

import pathlib
import statistics
import tempfile
import time

import keras
import numpy as np
from PIL import Image

from aspn_tf import command
from aspn_tf.pictures import backbone as backbones
from aspn_tf.pictures import decoding, extract

FLAGS = (
    ("backbone", "resnet101", "Of keras.applications."),
    ("pictures", 256, "How many."),
    ("batch_size", 32, "At a time."),
    ("rounds", 3, "Of both, in turn."),
)


def main(backbone, pictures, batch_size, rounds):
    """Prints pictures a second, both ways, and the ratio."""
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        model = weights(backbone, place)
        paths = photographs(place, pictures)
        loaded = [
            np.stack([decoding.pixels(p, model.size, model.mode) for p in part])
            for part in (
                paths[start : start + batch_size]
                for start in range(0, pictures, batch_size)
            )
        ]
        model.function(loaded[0])  # traced
        alone, whole = [], []
        for _ in range(rounds):
            alone.append(seconds(lambda: [model.function(b) for b in loaded]))
            whole.append(
                seconds(
                    lambda: list(extract.features(paths, model, batch_size))
                )
            )
        ratios = [a / b for a, b in zip(alone, whole, strict=True)]
        print(
            f"{backbone}: alone {pictures / min(alone):.1f} pictures/s, "
            f"prepare {pictures / min(whole):.1f}, ratio "
            f"{statistics.median(ratios):.2f}"
        )


def weights(name, place):
    """The backbone with random weights."""
    network = {k.lower(): v for k, v in vars(keras.applications).items()}[name]
    made = network(weights=None, include_top=False, pooling="avg")
    path = place / "random.weights.h5"
    made.save_weights(path)
    return backbones.named(name, str(path))


def photographs(place, count):
    """Paths of JPEG files of something smooth and something rough."""
    stream, paths = np.random.default_rng(0), []
    for number in range(count):
        coarse = stream.integers(0, 256, (12, 16, 3)).astype(np.uint8)
        image = Image.fromarray(coarse).resize((500, 375), Image.BICUBIC)
        rough = np.asarray(image) + stream.normal(0, 8, (375, 500, 3))
        paths.append(place / f"{number:05d}.jpg")
        Image.fromarray(np.clip(rough, 0, 255).astype(np.uint8)).save(
            paths[-1], quality=90
        )
    return paths


def seconds(call):
    """How long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    command.run(main, FLAGS, configured=False)
