"""The numbers of digit_pairs as a folder of pictures and a CSV of words.

    python benchmarks/digit_pictures.py DIR
    python benchmarks/digit_pictures.py DIR --exclude=47

writes DIR/pictures/<class>/*.png, grey and 8 pixels high and 16 wide, and
DIR/classes.csv with the columns class, description ("tens four and units
seven") and unseen (yes for the 20 unseen numbers), which is what
`python -m aspn_tf.prepare` takes. Pictures of all splits are there, and
prepare draws those to test on anew: the single digits in them may then occur
in training pictures too, so that accuracies do not compare with digit_pairs'.
"""

import argparse
import csv
import pathlib

import numpy as np
from PIL import Image

from aspn_tf.data import loading

DIGITS = "zero one two three four five six seven eight nine".split()
INK = 16.0  # the darkest of a feature


def main(place, exclude=""):
    """Writes the pictures and the CSV.

    Args:
      place: directory to write to.
      exclude: class names, comma-separated, to leave out.

    Returns:
      How many pictures there are.
    """
    place = pathlib.Path(place)
    for made in (place / "pictures", place / "classes.csv"):
        if made.exists():
            raise SystemExit(f"{made} must not exist yet")
    data = loading.load("digit_pairs")
    left_out = [name.strip() for name in exclude.split(",") if name.strip()]
    for name in left_out:
        if name not in data.class_names:
            raise SystemExit(f"--exclude must name numbers. Received: {name}")
    names = [name for name in data.class_names if name not in left_out]
    unseen = {data.class_names[label] for label in data.unseen}
    for name in names:
        (place / "pictures" / name).mkdir(parents=True)
    count = 0
    for split in (data.train, data.test_seen, data.test_unseen):
        shades = np.round(split.features * (255 / INK)).astype(np.uint8)
        for pixels, label in zip(shades, split.labels, strict=True):
            name = data.class_names[label]
            if name in left_out:
                continue
            picture = Image.fromarray(pixels.reshape(data.image_shape))
            picture.save(place / "pictures" / name / f"{count:05d}.png")
            count += 1
    with (place / "classes.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("class", "description", "unseen"))
        for name in names:
            answer = "yes" if name in unseen else "no"
            writer.writerow((name, description(name), answer))
    return count


def description(name):
    """A number of two digits in words."""
    tens, units = (DIGITS[int(digit)] for digit in name)
    return f"tens {tens} and units {units}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("place", metavar="DIR", help="directory to write to")
    parser.add_argument("--exclude", default="", help="numbers to leave out")
    given = parser.parse_args()
    made = main(given.place, given.exclude)
    print(f"{made} pictures in {given.place}/pictures")
