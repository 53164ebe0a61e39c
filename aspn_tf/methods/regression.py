"""Regression of what classes look like on what they are said to be (ours).

The kernel is that of a very wide hidden layer of rectified units, such as the
generator's (Cho and Saul, "Kernel methods for deep learning", NIPS 2009).
"""

import numpy as np


class Regression:
    """Kernel ridge regression on the semantics of some classes.

    Args:
      semantics: (k, q), of the classes whose targets are known.
      ridge: in units of the kernel's diagonal, which is 1.
    """

    def __init__(self, semantics, ridge):
        self._known = semantics
        kernel = arc_cosine(semantics, semantics)
        self._inverse = np.linalg.inv(kernel + ridge * np.eye(len(kernel)))

    def predict(self, semantics, targets):
        """Values (m, d) of classes of semantics (m, q) for targets (k, d)."""
        return arc_cosine(semantics, self._known) @ (self._inverse @ targets)

    def errors(self, targets):
        """Targets (k, d) less what the other classes alone predict, (k, d)."""
        return self._inverse @ targets / np.diag(self._inverse)[:, None]


def arc_cosine(left, right):
    """The kernel, (n, m), of rows (n, q) and (m, q) brought to length 1."""
    unit = [
        rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12)
        for rows in (np.asarray(left, float), np.asarray(right, float))
    ]
    cosine = np.clip(unit[0] @ unit[1].T, -1.0, 1.0)
    angle = np.arccos(cosine)
    return (np.sin(angle) + (np.pi - angle) * cosine) / np.pi
