"""The full objective of ASPN for one batch: Eq. 9 and every term of it.

Symbols, once: x feature, s semantics, z noise, E the generator (theta), D_mu
the decoder, D_phi the critic, A the class semantics, o an attended feature.
"""

import tensorflow as tf

from aspn_tf.errors import InputError
from aspn_tf.model import losses
from aspn_tf.model.adversarial import replicas

TERMS = (
    "objective",
    "visual",
    "semantic",
    "preservation",
    "adversarial",
    "classification",
)
CHOICES = {
    "reduction": ("mean", "sum"),
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


def objective(model, features, labels):
    """L_Obj, Eq. 9, and its terms.

    The second cycle of Eq. 3, E(D(x)), leaves the attention out: it asks
    whether a feature can be had back from its own semantics and noise, and
    the attention would mix in the rest of the batch. The first cycle decodes
    what the model generates, o.

    Args:
      model: an `aspn_tf.model.aspn.ASPN`.
      features: x, (n, d), float32.
      labels: of seen classes, (n,), int64.

    Returns:
      A dict of the names of `TERMS` to scalars; 0 where the model has no such
      part. Each stands for the whole batch of all replicas, see
      `aspn_tf.model.adversarial`.
    """
    reduction = model.reduction
    semantics = tf.gather(model.class_semantics, labels)
    generated = model.generate(semantics, model.noise(tf.shape(labels)[0]))
    semantic = preservation = adversarial = tf.constant(0.0)
    visual = losses.visual(features, generated, reduction)  # Eq. 1
    if model.decoder:
        inferred, inferred_noise = model.decoder(features)
        semantics_cycle, _ = model.decoder(generated)
        features_cycle = model.generator(inferred, inferred_noise)
        semantic = losses.semantic(semantics, inferred, reduction)  # Eq. 2
        preservation = losses.preservation(  # Eq. 3
            semantics, semantics_cycle, features, features_cycle, reduction
        )
    if model.critic:
        scores = model.critic(generated, semantics)
        adversarial = losses.adversarial(scores)  # Eq. 4
    classification = _classification(  # Eq. 7
        model, features, generated, labels
    )
    if reduction == "sum":
        visual, semantic, preservation, classification = (
            replicas() * term
            for term in (visual, semantic, preservation, classification)
        )
    total = (  # Eq. 9
        model.visual_weight * visual
        + model.semantic_weight * semantic
        + model.cycle_weight * preservation
        + model.adversarial_weight * adversarial
        + model.classification_weight * classification
    )
    terms = visual, semantic, preservation, adversarial, classification
    return dict(zip(TERMS, (total, *terms), strict=True))


def _classification(model, features, generated, labels):
    """L_cls, Eq. 7: real features, then pseudo features of classes."""
    prototypes = model.prototypes(model.class_semantics)
    real_prototypes, real_labels = prototypes, labels
    if model.real_classes == "seen":
        real_prototypes = tf.gather(prototypes, model.seen)
        real_labels = tf.searchsorted(model.seen, labels)
    pseudo, pseudo_labels = generated, labels
    if model.pseudo_classes == "all":
        count = tf.shape(labels)[0]
        pseudo_labels = model.random.uniform(
            (count,), maxval=model.class_count, dtype=tf.int64
        )
        pseudo = model.generate(
            tf.gather(model.class_semantics, pseudo_labels), model.noise(count)
        )
    pairs = (
        (features, real_prototypes, real_labels),
        (pseudo, prototypes, pseudo_labels),
    )
    return tf.add_n(
        [
            losses.classification(  # Eq. 8
                losses.compatibility(
                    rows, against, model.compatibility, model.temperature
                ),
                wanted,
                model.reduction,
            )
            for rows, against, wanted in pairs
        ]
    )
