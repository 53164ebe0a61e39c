"""CADA-VAE: its terms by hand, its warm-up, and what its softmaxes see."""

import numpy as np
import pytest
import tensorflow as tf
from small import built, trained
from views import six_of_any_scale

from aspn_tf.errors import InputError
from aspn_tf.evaluation.cost import blank
from aspn_tf.methods import registry
from aspn_tf.methods.cadavae.model import alignment, divergence
from aspn_tf.methods.linear_softmax import Softmax


@pytest.fixture(scope="module")
def method(tiny):
    """In its last state."""
    return trained("cadavae", tiny.training())


def batch(method, count=12):
    labels = method.view.labels[:count]
    features = method._features[:count]
    return features, tf.gather(method.class_semantics, labels)


def noises(model, count=12):
    stream = np.random.default_rng(0)
    return [
        tf.constant(stream.normal(size=model.noise_shape(count)), tf.float32)
        for _ in range(2)
    ]


def test_the_distance_of_encodings_is_the_one_worked_by_hand():
    one = tf.constant([[0.0, 0.0]]), tf.math.log([[1.0, 1.0]])
    other = tf.constant([[3.0, 4.0]]), tf.math.log([[4.0, 1.0]])
    found = alignment(one, other)
    assert float(found) == pytest.approx(26.0**0.5, rel=1e-6)  # 5.099020


def test_the_divergence_is_the_one_worked_by_hand():
    # 1/2 (sg^2 + mu^2 - 1 - log sg^2), of (0, 1), (2, 1) and (0, e).
    found = divergence(
        tf.constant([[0.0, 2.0, 0.0]]), tf.constant([[0.0, 0.0, 1.0]])
    )
    assert float(found) == pytest.approx(2.0 + (np.e - 2.0) / 2.0, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "time", "weight"),
    [
        ("divergence", 40, 0.107527),
        ("divergence", 99, 0.25),
        ("cross", 21, 0.0),
        ("cross", 48, 1.185),
        ("alignment", 5, 0.0),
        ("alignment", 14, 4.065),
        ("alignment", 22, 8.13),
    ],
)
def test_the_terms_warm_up_as_published(method, name, time, weight):
    method.model.warm_up(float(time))
    found = float(method.model.weights_now[name])
    assert found == pytest.approx(weight, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    "epochs, expected", [(4, [0, 25, 50]), (100, [0, 1, 2]), (200, [0, 1, 2])]
)
def test_fewer_epochs_shorten_the_warm_up_and_more_come_after_it(
    tiny, monkeypatch, epochs, expected
):
    method = built("cadavae", tiny.training(), epochs=epochs)
    times = []
    monkeypatch.setattr(method.model, "warm_up", times.append)
    for state in method.rounds({"epoch": epochs})[:3]:
        method.advance(state)
    assert times == pytest.approx(expected)


def test_identical_encodings_have_finite_gradients():
    mean, log_variance = tf.ones((2, 3)), tf.zeros((2, 3))
    with tf.GradientTape() as tape:
        tape.watch((mean, log_variance))
        loss = alignment((mean, log_variance), (mean, log_variance))
    for gradient in tape.gradient(loss, (mean, log_variance)):
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize("shared", [True, False])
def test_the_terms_are_those_of_numpy(tiny, shared):
    model = built("cadavae", tiny.training(), shared_noise=shared).model
    method = built("cadavae", tiny.training())
    features, semantics = batch(method)
    drawn = noises(model)
    assert drawn[0].shape == (12, 1 if shared else 8)
    found = model.terms(features, semantics, drawn)

    def outputs(network, rows):
        rows = rows @ network.hidden.kernel.numpy()
        rows = np.maximum(rows + network.hidden.bias.numpy(), 0.0)
        return [
            rows @ layer.kernel.numpy() + layer.bias.numpy()
            for layer in network.outs
        ]

    rows = features.numpy(), semantics.numpy()
    encoders = model.feature_encoder, model.semantics_encoder
    decoders = model.feature_decoder, model.semantics_decoder
    encoded = [outputs(*pair) for pair in zip(encoders, rows)]
    latents = [
        mean + np.exp(log if shared else log / 2.0) * noise.numpy()
        for (mean, log), noise in zip(encoded, drawn)
    ]

    def gaps(order):
        first, second = (
            np.abs(rows[i] - outputs(decoders[i], latents[j])[0]).sum()
            for i, j in enumerate(order)
        )
        return 2048 / 6 * first + second

    (mean, log), (mean_2, log_2) = encoded
    square = np.square(mean - mean_2) + np.square(
        np.exp(log / 2.0) - np.exp(log_2 / 2.0)
    )
    wanted = {
        "reconstruction": gaps((0, 1)),
        "cross": gaps((1, 0)),
        "divergence": sum(
            0.5 * (m**2 + np.exp(v) - v - 1.0).sum() for m, v in encoded
        ),
        "alignment": np.sqrt(square.sum(1)).sum(),
    }
    assert set(found) == set(wanted)
    for name, value in wanted.items():
        assert float(found[name]) == pytest.approx(value, rel=1e-4), name


def test_the_loss_of_a_doubled_batch_is_doubled(method):
    model, drawn = method.model, noises(method.model)
    rows = batch(method)
    once = model.terms(*rows, drawn)
    twice = model.terms(
        *(tf.concat([part, part], 0) for part in rows),
        [tf.concat([noise, noise], 0) for noise in drawn],
    )
    for name, value in once.items():
        assert float(twice[name]) == pytest.approx(2 * float(value), rel=1e-4)


def test_a_step_weighs_the_terms_as_they_are_warm(method):
    model = method.model
    model.warm_up(50.0)
    model.reset_metrics()
    logs = model.train_step(
        (method._features[:12], tf.constant(method.view.labels[:12]))
    )
    wanted = logs["reconstruction"] + sum(
        weight * float(logs[name]) for name, weight in model.weights_now.items()
    )
    assert float(logs["objective"]) == pytest.approx(float(wanted), rel=1e-5)


def test_an_encoder_at_its_start_may_say_anything(method):
    features = 1e6 * method._features[:3]
    encoded = method.model.encode_features(features)
    assert float(tf.reduce_max(tf.abs(encoded[1]))) <= 20.0


def test_the_softmaxes_see_the_first_rows_and_drawn_latents(tiny, monkeypatch):
    shown = []

    def fit(self, features, targets, epochs, batch_size):
        shown.append((features, np.asarray(targets), epochs, batch_size))

    monkeypatch.setattr(Softmax, "fit", fit)
    method = built(
        "cadavae", tiny.training(), real_per_class=30, latents_per_class=5
    )
    rows = method._examples().reshape(7, 30)
    # Twelve rows a class, one class after the other.
    np.testing.assert_array_equal(rows[:, :12], np.arange(84).reshape(7, 12))
    np.testing.assert_array_equal(rows[:, 12:24], rows[:, :12])
    method._fit_heads()
    unseen, all_ = shown
    assert unseen[0].shape == (15, 8) and unseen[2:] == (25, 32)
    assert all_[0].shape == (7 * 30 + 15, 8) and all_[2:] == (33, 32)
    assert unseen[1].tolist() == np.repeat(tiny.unseen, 5).tolist()
    assert np.bincount(all_[1]).tolist() == [30] * 7 + [5] * 3


def test_a_class_is_encoded_once_for_all_its_latents(tiny, monkeypatch):
    """Encoding each latent's row took 24 GB with 9,000 unseen classes."""
    shown, asked = [], []
    monkeypatch.setattr(
        Softmax, "fit", lambda self, *given: shown.append(given)
    )
    method = built("cadavae", tiny.training(), latents_per_class=5)
    encode = method.model.encode_semantics

    def encoded(semantics):
        asked.append(len(semantics))
        return encode(semantics)

    monkeypatch.setattr(method.model, "encode_semantics", encoded)
    monkeypatch.setattr(method, "_noisy", lambda told, stream: told[0])
    method._fit_heads()
    assert asked == [3]
    means, _ = encode(tf.gather(method.class_semantics, tiny.unseen))
    np.testing.assert_array_equal(shown[0][0], np.repeat(means, 5, axis=0))


@pytest.mark.slow
def test_on_the_way_to_a_setting_the_softmaxes_rest(method, tiny):
    straight = built("cadavae", tiny.training(), epochs=2)
    first, last = straight.rounds({"epoch": 2})
    straight.advance(first)
    assert not straight.softmax.layer.kernel.numpy().any()
    straight.advance(last)
    assert straight.softmax.layer.kernel.numpy().any()


@pytest.mark.slow
def test_it_learns_what_is_linear(tiny):
    method = trained("cadavae", tiny.training(), epochs=4, setting={"epoch": 4})
    scores = method.scores(tiny.test_seen.features).numpy()
    found = scores[:, tiny.seen].argmax(1)
    assert np.mean(tiny.seen[found] == tiny.test_seen.labels) > 0.6


def test_the_traditional_task_ranks_unseen_classes_alone(method, tiny):
    scores = method.scores(tiny.test_unseen.features, "traditional").numpy()
    assert (scores[:, tiny.seen] < -1e8).all()


def test_any_class_is_answered_by_nearness_to_its_mean(method, tiny):
    model, features = method.model, tiny.test_unseen.features
    mean, _ = model.encode_features(method.scale(features))
    of_classes, _ = model.encode_semantics(method.class_semantics)
    gap = mean.numpy()[:, None] - of_classes.numpy()[None]
    np.testing.assert_array_equal(
        np.argmax(method.classify(features, tiny.semantics), axis=1),
        np.square(gap).sum(2).argmin(1),
    )


def test_parameters_are_those_of_the_published_sizes():
    method = registry.build("cadavae", blank(2048, 85, 40, 10))
    counts = {
        name: part.count_params() for name, part in method.networks().items()
    }
    assert counts == {
        "feature_encoder": 3_396_248,
        "semantics_encoder": 310_428,
        "feature_decoder": 3_509_628,
        "semantics_decoder": 99_835,
        "softmax": 3_250,
    }
    assert sum(counts.values()) == 7_319_389
    kernel = method.networks()["feature_decoder"].hidden.kernel.numpy()
    bound = 0.5 * (6.0 / (64 + 1660)) ** 0.5
    assert np.abs(kernel).max() == pytest.approx(bound, rel=1e-2)


@pytest.mark.slow
def test_one_example_a_class_of_six_and_any_scale_are_enough():
    view = six_of_any_scale()
    method = trained("cadavae", view, epochs=1)
    for scores in method.heads(view.features).values():
        assert np.isfinite(scores).all()


@pytest.mark.slow
def test_a_loss_that_is_not_finite_names_the_flag(tiny):
    method = built("cadavae", tiny.training(), learning_rate=1e38)
    with pytest.raises(InputError, match="--cadavae.learning_rate=1e\\+38"):
        method.advance({"epoch": 1})
