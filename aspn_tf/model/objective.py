"""The full objective of ASPN for one batch: Eq. 9 and every term of it.

Symbols, once: x feature, s semantics, z noise, E the generator (theta), D_mu
the decoder, D_phi the critic, A the class semantics, o an attended feature.
"""

import typing

import numpy as np
import tensorflow as tf

from aspn_tf.errors import InputError
from aspn_tf.model import losses
from aspn_tf.model.adversarial import replicas
from aspn_tf.model.sampling import sampled

TERMS = (
    "objective",
    "visual",
    "semantic",
    "preservation",
    "adversarial",
    "classification",
)
CHOICES = {
    "reduction": ("mean", "example", "sum"),
    "penalty_form": ("squared", "norm"),
    "generator_output": ("linear", "relu"),
    "compatibility": ("dot", "cosine", "euclidean"),
    "real_classes": ("seen", "all"),
    "pseudo_classes": ("batch", "all"),
}


def check(model):
    """Raises InputError where an option of the model has no meaning."""
    for option, choices in CHOICES.items():
        if getattr(model, option) not in choices:
            raise InputError(
                f"`{option}` must be one of {choices}. "
                f"Received: {option}={getattr(model, option)!r}"
            )
    seen = model.seen.numpy().tolist()
    if not set(seen) <= set(range(model.class_count)):
        raise InputError(
            "`seen` must be rows of `semantics`. Received: "
            f"seen={seen} for {model.class_count} rows; number them from 0"
        )


class Passes(typing.NamedTuple):
    """A batch, and what the networks but the critic give for it.

    Attributes:
      features: x, (n, d), float32.
      labels: of seen classes, (n,), int64.
      semantics: s of the batch, (n, q).
      generated: x^, or o of Eq. 6, (n, d).
      prototypes: of every class, (C, d), or of those sampled, (k, d).
      pseudo: generated features of drawn classes, (n, d); `generated` itself
        where Eq. 7 takes those of the batch.
      pseudo_labels: their classes, (n,).
      inferred: D_mu(x), its semantic part, (n, q); None without a decoder.
      cycled_semantics: D_mu(o), its semantic part, (n, q); or None.
      cycled_features: E(D_mu(x)), (n, d); or None.
      classes: those sampled, (k,), sorted; None where there are all.
      correction: (k,), see `aspn_tf.model.sampling`; or None.
    """

    features: tf.Tensor
    labels: tf.Tensor
    semantics: tf.Tensor
    generated: tf.Tensor
    prototypes: tf.Tensor
    pseudo: tf.Tensor
    pseudo_labels: tf.Tensor
    inferred: tf.Tensor | None = None
    cycled_semantics: tf.Tensor | None = None
    cycled_features: tf.Tensor | None = None
    classes: tf.Tensor | None = None
    correction: tf.Tensor | None = None


def passes(model, features, labels):
    """Runs generator, attention and decoder, each row once.

    The second cycle of Eq. 3, E(D(x)), leaves the attention out: it asks
    whether a feature can be had back from its own semantics and noise, and
    the attention would mix in the rest of the batch. The first cycle decodes
    what the model generates, o.

    Args:
      model: an `aspn_tf.model.aspn.ASPN`.
      features: x, (n, d), of any float type.
      labels: of seen classes, (n,), of any integer type.

    Returns:
      `Passes`.
    """
    features = tf.cast(features, tf.float32)
    labels = tf.cast(labels, tf.int64)
    count = tf.shape(labels)[0]
    of_pseudo = pseudo_labels = labels[:0]
    if model.pseudo_classes == "all":
        of_pseudo = pseudo_labels = model.random.uniform(
            (count,), maxval=model.class_count, dtype=tf.int64
        )
    drawn = tf.concat([labels, of_pseudo], axis=0)
    # Rows with noise, then a prototype each class without: one pass.
    noise = model.noise(tf.shape(drawn)[0])
    semantics = tf.gather(model.class_semantics, drawn)
    classes = correction = None
    of_classes, class_count = model.class_semantics, model.class_count
    if 0 < model.sampled_classes < class_count:
        classes, correction = sampled(
            model.random, drawn, class_count, model.sampled_classes
        )
        of_classes = tf.gather(model.class_semantics, classes)
        class_count = tf.shape(classes)[0]
    still = tf.zeros((class_count, model.noise_width))
    made = model.generator(
        tf.concat([semantics, of_classes], axis=0),
        tf.concat([noise, still], axis=0),
    )
    prototypes = made[-class_count:]
    if model.attended_prototypes:
        prototypes = model.attended(prototypes)
    generated = pseudo = model.attended(made[:count])
    if model.pseudo_classes == "all":
        pseudo = model.attended(made[count:-class_count])
    else:
        pseudo_labels = labels
    found = Passes(
        features,
        labels,
        semantics[:count],
        generated,
        prototypes,
        pseudo,
        pseudo_labels,
        classes=classes,
        correction=correction,
    )
    if model.decoder is None:
        return found
    inferred, inferred_noise = model.decoder(features)
    return found._replace(
        inferred=inferred,
        cycled_semantics=model.decoder(generated)[0],
        cycled_features=model.generator(inferred, inferred_noise),
    )


def objective(model, batch):
    """L_Obj, Eq. 9, and its terms.

    Args:
      model: an `aspn_tf.model.aspn.ASPN`.
      batch: its `Passes`.

    Returns:
      A dict of the names of `TERMS` to scalars; 0 where the model has no such
      part. Each stands for the whole batch of all replicas, see
      `aspn_tf.model.adversarial`.
    """
    reduction = model.reduction
    semantic = preservation = adversarial = tf.constant(0.0)
    visual = losses.visual(batch.features, batch.generated, reduction)  # Eq. 1
    if model.decoder:
        semantic = losses.semantic(  # Eq. 2
            batch.semantics, batch.inferred, reduction
        )
        preservation = losses.preservation(  # Eq. 3
            batch.semantics,
            batch.cycled_semantics,
            batch.features,
            batch.cycled_features,
            reduction,
        )
    if model.critic:
        scores = model.critic(batch.generated, batch.semantics)
        adversarial = losses.adversarial(scores)  # Eq. 4
    classification = _classification(model, batch)  # Eq. 7
    if reduction == "sum":
        visual, semantic, preservation, classification = (
            replicas() * term
            for term in (visual, semantic, preservation, classification)
        )
    terms = visual, semantic, preservation, adversarial, classification
    weights = (
        model.visual_weight,
        model.semantic_weight,
        model.cycle_weight,
        model.adversarial_weight,
        model.classification_weight,
    )
    weighed = [w * term for w, term in zip(weights, terms, strict=True) if w]
    total = losses.total([0.0, *weighed])  # Eq. 9
    return dict(zip(TERMS, (total, *terms), strict=True))


def _classification(model, batch):
    """L_cls, Eq. 7: real features, then pseudo features of classes."""
    return losses.total(
        [
            losses.classification(  # Eq. 8
                scores, wanted, model.reduction
            )
            for scores, wanted in _scored(model, batch)
        ]
    )


def _scored(model, batch):
    """Scores and right columns, of the real features, then of the pseudo."""
    prototypes = batch.prototypes

    def scores(rows, against):
        return losses.compatibility(
            rows, against, model.compatibility, model.temperature
        )

    if batch.classes is None:
        known, labels = prototypes, batch.labels
        if model.real_classes == "seen":
            known = tf.gather(prototypes, model.seen)
            labels = tf.searchsorted(model.seen, batch.labels)
        return (
            (scores(batch.features, known), labels),
            (scores(batch.pseudo, prototypes), batch.pseudo_labels),
        )
    of_real = batch.correction
    if model.real_classes == "seen":
        place = tf.searchsorted(model.seen, batch.classes)
        place = tf.minimum(place, tf.size(model.seen) - 1)
        is_seen = tf.gather(model.seen, place) == batch.classes
        of_real = tf.where(is_seen, of_real, -np.inf)
    return tuple(
        (scores(rows, prototypes) + shift, tf.searchsorted(batch.classes, own))
        for rows, shift, own in (
            (batch.features, of_real, batch.labels),
            (batch.pseudo, batch.correction, batch.pseudo_labels),
        )
    )
