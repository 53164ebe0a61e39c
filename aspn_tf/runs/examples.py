"""Pictures of classes for report.html, where the data was made of pictures."""

import base64
import html
import pathlib

from aspn_tf.errors import InputError
from aspn_tf.pictures import decoding

CLASSES = 60
SIDE = 96  # pixels


def shown(benchmark):
    """A few pictures of each class as HTML, unseen classes first.

    A picture that is not where it was, or has changed since, is left out.

    Args:
      benchmark: the `Benchmark`, whose card names the pictures.

    Returns:
      HTML; empty where there is no picture to show.
    """
    card = benchmark.card or {}
    place = pathlib.Path(card.get("images", "."))
    figures = []
    for label in [*benchmark.unseen, *benchmark.seen][:CLASSES]:
        name = benchmark.class_names[label]
        paths = card.get("examples", {}).get(name, [])
        pictures = "".join(_picture(place, path) for path in paths)
        if pictures:
            caption = html.escape(name)
            figures.append(
                f"<figure>{pictures}<figcaption>{caption}</figcaption></figure>"
            )
    return f'<div class="examples">{"".join(figures)}</div>' if figures else ""


def _picture(place, name):
    path = (place / name).resolve()
    if not path.is_relative_to(place.resolve()):
        return ""
    try:
        data = decoding.thumbnail(path, SIDE)
    except InputError:
        return ""
    source = base64.b64encode(data).decode()
    return f'<img alt="" src="data:image/png;base64,{source}">'
