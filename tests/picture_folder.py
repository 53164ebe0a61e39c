"""A small folder of pictures, and what is told of their classes."""

import numpy as np
from PIL import Image

SIDE = 6


def picture(tone, noise=0, seed=0, size=SIDE):
    """An RGB picture that is bright on one side, by its tone."""
    stream = np.random.default_rng(seed)
    grid = np.zeros((size, size, 3))
    grid[: size // 2, :, 0], grid[size // 2 :, :, 1] = tone, 255 - tone
    grid += stream.normal(size=grid.shape) * noise
    return Image.fromarray(np.clip(grid, 0, 255).astype(np.uint8))


def fill(place, tones, count):
    """Writes `count` PNG pictures of every class: a dict of name to tone."""
    for number, (name, tone) in enumerate(tones.items()):
        (place / name).mkdir(parents=True)
        for k in range(count):
            made = picture(tone, 9.0, 1000 * number + k)
            made.save(place / name / f"{k:03d}.png")
