"""ASPN as a method: the paper's model and what is ours around it."""
