"""Pictures of classes on a page."""

import dataclasses

from picture_folder import fill

from aspn_tf.runs import examples


def test_pictures_that_are_there_are_shown(tiny, tmp_path):
    hostile = '<b>"h"&'
    names = (*tiny.class_names[:7], hostile, *tiny.class_names[8:])
    fill(tmp_path, {"a": 1, "h": 90}, 2)
    (tmp_path / "a/broken.png").write_bytes(b"no")
    fill(tmp_path.parent / "elsewhere", {"x": 7}, 1)
    outside = "../elsewhere/x/000.png"
    card = {
        "images": str(tmp_path),
        "examples": {
            "a": ["a/000.png", "a/broken.png", "a/gone.png", outside],
            hostile: ["h/000.png", "h/001.png"],
        },
    }
    told = dataclasses.replace(tiny, class_names=names, card=card)
    text = examples.shown(told)
    assert text.count("<img") == 3 and text.count("data:image/png") == 3
    assert hostile not in text and "&lt;b&gt;" in text
    assert text.index("&lt;b&gt;") < text.index("<figcaption>a<")
    assert str(tmp_path) not in text


def test_without_pictures_there_is_nothing(tiny):
    assert examples.shown(tiny) == ""
    told = dataclasses.replace(
        tiny, card={"images": "/nowhere", "examples": {}}
    )
    assert examples.shown(told) == ""
