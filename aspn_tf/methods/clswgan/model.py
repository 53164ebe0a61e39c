"""The GAN of CLSWGAN, as a Keras model."""

from aspn_tf.methods.gan import FeatureGAN


class CLSWGANModel(FeatureGAN):
    """The GAN, whose features a fixed softmax must recognise.

    Args:
      *args: those of `FeatureGAN`.
      seen_softmax: a `Softmax` that real features of seen classes trained.
      classification_weight: of its loss.
      **kwargs: those of `FeatureGAN`.
    """

    TERMS = ("adversarial", "classification")

    def __init__(self, *args, seen_softmax, classification_weight, **kwargs):
        super().__init__(*args, **kwargs)
        self.seen_softmax = seen_softmax
        self.classification_weight = classification_weight

    def generator_terms(self, generated, semantics, labels):
        """The critic's term and the classification loss."""
        terms = super().generator_terms(generated, semantics, labels)
        loss = self.seen_softmax.loss(generated, labels)
        return {**terms, "classification": self.classification_weight * loss}
