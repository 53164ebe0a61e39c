"""ZLAP, a comparator: a feature GAN, and prototypes with adjusted logits."""
