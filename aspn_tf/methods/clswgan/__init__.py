"""CLSWGAN, a comparator: a feature GAN that trains softmax classifiers."""
