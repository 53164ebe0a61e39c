"""Backbones: which there are, what they answer, which is which."""

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format
from picture_folder import fill

from aspn_tf.errors import InputError
from aspn_tf.pictures import backbone, extract, folders, networks


def convolution(place, pooled=True, size=(6, 6)):
    """A small network of the user's own, as a .keras file."""
    keras.utils.set_random_seed(1)
    image = keras.Input((*size, 3))
    x = keras.layers.Rescaling(1 / 255)(image)
    x = keras.layers.Conv2D(5, 3, activation="relu")(x)
    if pooled:
        x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(image, x)
    model.save(place)
    return model


@pytest.fixture
def batch():
    stream = np.random.default_rng(0)
    return stream.integers(0, 256, (3, 6, 6, 3)).astype(np.uint8)


def test_pixels_are_features_as_they_are(batch):
    found = backbone.named("pixels", size=(6, 6))
    np.testing.assert_allclose(
        found.function(batch), batch.reshape(3, -1) / 255, rtol=1e-6
    )
    grey = backbone.named("grey_pixels", size=(6, 6))
    assert grey.mode == "L" and grey.function(batch[..., :1]).shape == (3, 36)


@pytest.mark.parametrize("pooled", [True, False])
def test_a_keras_file_is_a_backbone(pooled, batch, tmp_path):
    path = tmp_path / "mine.keras"
    model = convolution(path, pooled)
    found = backbone.named(str(path))
    assert found.size == (6, 6)
    expected = model(batch.astype(np.float32)).numpy()
    if not pooled:
        expected = expected.mean(axis=(1, 2))
    np.testing.assert_allclose(
        found.function(batch), expected, rtol=1e-5, atol=1e-6
    )


def test_a_saved_model_is_a_backbone(batch, tmp_path):
    model = convolution(tmp_path / "mine.keras")
    model.export(tmp_path / "saved", verbose=False)
    with pytest.raises(InputError, match="--image_size"):
        backbone.named(str(tmp_path / "saved"))
    found = backbone.named(str(tmp_path / "saved"), size=(6, 6))
    np.testing.assert_allclose(
        found.function(batch),
        model(batch.astype(np.float32)),
        rtol=1e-5,
        atol=1e-6,
    )


def test_another_backbone_than_the_models_is_refused(tmp_path):
    convolution(tmp_path / "one.keras")
    convolution(tmp_path / "two.keras", pooled=False)
    one = backbone.named(str(tmp_path / "one.keras"))
    (tmp_path / "one.keras").rename(tmp_path / "moved.keras")
    moved = str(tmp_path / "moved.keras")
    assert backbone.of_card(one.card(), moved).key == one.key
    with pytest.raises(InputError, match="must be the one"):
        backbone.of_card(one.card(), str(tmp_path / "two.keras"))
    with pytest.raises(InputError, match="one.keras"):
        backbone.of_card(one.card())
    grey = backbone.named("grey_pixels", size=(4, 4)).card()
    with pytest.raises(InputError, match="must be the one"):
        backbone.of_card(grey, "pixels")


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (("resnet",), "--backbone"),
        (("",), "--backbone"),
        (("pixels",), "--image_size"),
        (("pixels", "w.h5", (4, 4)), "--weights"),
        (("nowhere.keras",), "--backbone"),
        (("mobilenet", "nowhere.h5", (32, 32)), "--weights"),
    ],
)
def test_what_is_no_backbone_gets_a_sentence(arguments, match):
    with pytest.raises(InputError, match=match):
        backbone.named(*arguments)


@pytest.mark.parametrize("name", ["a.keras", "a.weights.h5"])
def test_damaged_weights_get_a_sentence(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(b"PK\x03\x04 nothing")
    asked = (str(path),) if name == "a.keras" else ("mobilenet", str(path))
    with pytest.raises(InputError, match=name):
        backbone.named(*asked, size=(32, 32))


@pytest.mark.slow
def test_weights_are_looked_for_in_keras_cache(batch, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(InputError, match="Keras' cache") as refused:
        backbone.named("mobilenet", size=(32, 32))
    assert str(tmp_path) in str(refused.value)
    (tmp_path / "models").mkdir()
    for other in ("mobilenet_v2_1.0_32_no_top.h5", "mobilenet_1_0_32_tf.h5"):
        (tmp_path / "models" / other).write_bytes(b"another network's")
    with pytest.raises(InputError, match="Keras' cache"):
        backbone.named("mobilenet", size=(32, 32))
    network = keras.applications.MobileNet(
        weights=None, include_top=False, input_shape=(32, 32, 3), pooling="avg"
    )
    cached = tmp_path / "models/mobilenet_1_0_32_tf_no_top.h5"
    with h5py.File(cached, "w") as file:  # as the published files are written
        legacy_h5_format.save_weights_to_hdf5_group(file, network)
    found = backbone.named("mobilenet", size=(32, 32))
    pictures = np.tile(batch, (1, 6, 6, 1))[:, :32, :32]
    scaled = keras.applications.mobilenet.preprocess_input(
        pictures.astype(np.float32)
    )
    np.testing.assert_allclose(
        found.function(pictures), network(scaled), rtol=1e-3, atol=1e-6
    )


@pytest.mark.slow
@pytest.mark.long
def test_resnet101_gives_the_published_width_in_the_right_row(tmp_path):
    network = keras.applications.ResNet101(
        weights=None, include_top=False, pooling="avg"
    )
    path = tmp_path / "random.weights.h5"
    network.save_weights(path)
    fill(tmp_path / "in", {"a": 10, "b": 240}, 2)
    (tmp_path / "in/a/broken.png").write_bytes(b"no")
    paths = [p for own in folders.found(tmp_path / "in").values() for p in own]
    found, places, bad = extract.kept(
        paths, backbone.named("resnet101", str(path)), tmp_path / "kept"
    )
    assert found.shape == (4, 2048)
    assert sorted(bad) == [2] and places.tolist() == [0, 1, 3, 4]
    for row, place in zip(found, places, strict=True):
        image = keras.utils.load_img(paths[place])
        image = image.resize((224, 224), 2)
        pixels = np.asarray(image, np.float32)[None]
        scaled = keras.applications.resnet.preprocess_input(pixels)
        np.testing.assert_allclose(
            row, network(scaled)[0], rtol=1e-3, atol=1e-5
        )


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("resnet101", "resnet101_weights_tf_dim_ordering_tf_kernels_notop.h5"),
        (
            "resnet101v2",
            "resnet101v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
        ),
        ("mobilenet", "mobilenet_1_0_224_tf_no_top.h5"),
        (
            "mobilenetv3small",
            "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        ),
        ("efficientnetb1", "efficientnetb1_notop.h5"),
        ("efficientnetv2b1", "efficientnetv2-b1_notop.h5"),
        ("convnexttiny", "convnext_tiny_notop.h5"),
    ],
)
def test_a_network_takes_its_own_file_among_many(
    name, file, tmp_path, monkeypatch
):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    for other in (
        "resnet101_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "resnet101_weights_tf_dim_ordering_tf_kernels.h5",
        "resnet101v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "mobilenet_1_0_224_tf_no_top.h5",
        "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
        "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        "efficientnetb1_notop.h5",
        "efficientnetv2-b1_notop.h5",
        "convnext_tiny_notop.h5",
    ):
        (tmp_path / "models" / other).write_bytes(b"")
    assert networks._cached(name).name == file
