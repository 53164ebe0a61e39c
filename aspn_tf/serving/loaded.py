"""An exported model from Python: `aspn_tf.load(DIR).classify(features)`.

Needs TensorFlow and NumPy alone; what the directory holds is told in
`aspn_tf.serving.export`.
"""

import dataclasses
import json
import pathlib

import numpy as np
import tensorflow as tf

from aspn_tf.errors import InputError


@dataclasses.dataclass(frozen=True)
class Answer:
    """The k best classes of n examples, the best first.

    Attributes:
      names: (n, k) str.
      scores: (n, k) float32.
      index: (n, k) int32, which of the classes asked for.
      seen: names of the classes asked for that were taken as seen in training,
        whose scores are calibrated.
    """

    names: np.ndarray
    scores: np.ndarray
    index: np.ndarray
    seen: tuple[str, ...]


class Model:
    """A SavedModel that `aspn_tf.serving.export` wrote.

    Attributes:
      classes: dict of class name to semantics (q,), the training label space.
      seen: names of the classes that training had images of.
      unseen: names of those it knew by their semantics alone.
      attribute_names: what the q columns of semantics mean, or [].
      data: name, fingerprint and notes of the data set.
      config: the flags of the run, as text.
      measured: the results of the run; T, u, s, H in percent.
      feature_width: d.
      semantics_width: q.

    Args:
      directory: where the SavedModel lies.

    Raises:
      InputError: it is not there, or it is not one of ours.
    """

    def __init__(self, directory):
        assets = pathlib.Path(directory) / "assets"
        try:
            self._saved = tf.saved_model.load(str(directory))
            about, self.attribute_names, self.config = (
                json.loads((assets / f"{name}.json").read_text())
                for name in ("classes", "attributes", "config")
            )
            self.data, self.measured = (
                json.loads((assets / f"{name}.json").read_text())
                for name in ("data", "measured")
            )
            semantics = np.load(assets / "semantics.npy")
        except OSError as error:
            raise InputError(
                "A model must be a directory that --export, or a run, has "
                f"written. Received: {directory} ({error})"
            ) from error
        self.classes = dict(zip(about["names"], semantics, strict=True))
        self.seen, self.unseen = about["seen"], about["unseen"]
        self.semantics_width = semantics.shape[1]
        specs = self._signature("serving_default").structured_input_signature
        self.feature_width = specs[1]["features"].shape[1]

    def classify(self, features, semantics=None, seen=None, top_k=5):
        """The best classes of each example.

        Args:
          features: (n, d), in the data's own units.
          semantics: None for the training label space; else the classes to
            choose among, seen or new: a dict of name to semantics (q,), or an
            array (m, q) whose rows are then named "0", "1", ...
          seen: m bools, which of these classes training had images of. An
            array needs it; of a dict, None takes those as seen whose names are
            in the model's `seen`.
          top_k: how many classes; all of them if there are fewer.

        Returns:
          An `Answer`. Scores of seen classes are calibrated.

        Raises:
          InputError: a width is not the trained one, a number is not finite,
            which classes are seen is not told, or the method cannot score
            classes that training did not know.
        """
        if semantics is not None:
            names, semantics, seen = self._asked(semantics, seen)
            taken = [name for name, is_seen in zip(names, seen) if is_seen]
        elif seen is None:
            names, taken = list(self.classes), self.seen
        else:
            raise InputError(
                "`seen` must come with `semantics`. Received: `seen` alone; "
                "the model knows which of its own classes are seen."
            )
        index, scores = self.best(features, semantics, seen, top_k)
        return Answer(np.array(names)[index], scores, index, tuple(taken))

    def best(self, features, semantics=None, seen=None, top_k=5):
        """`classify` without the names: index (n, k) and scores (n, k).

        Args:
          features: (n, d).
          semantics: None or (m, q).
          seen: bool (m,), with semantics.
          top_k: k, at most.
        """
        if semantics is None:
            found = self._call("serving_default", features=features)
        else:
            found = self._call(
                "classify", features=features, semantics=semantics, seen=seen
            )
        count = found["scores"].shape[1]
        top = tf.math.top_k(found["scores"], min(top_k, count))
        return top.indices.numpy(), top.values.numpy()

    def were_seen(self, names):
        """Which of some classes training had images of, bool (m,), by name."""
        return np.isin(names, self.seen)

    def prototypes(self, semantics):
        """One feature (m, d) for each of the semantics (m, q)."""
        return self._call("prototypes", semantics=semantics)[
            "prototypes"
        ].numpy()

    def describe(self, features):
        """The semantics (n, q) that the model sees in features (n, d)."""
        return self._call("describe", features=features)["semantics"].numpy()

    def _asked(self, semantics, seen):
        """Names, semantics (m, q) and mask (m,) of the caller's classes."""
        if not len(semantics):
            raise InputError(
                "`semantics` must hold one class or more. Received: none"
            )
        if isinstance(semantics, dict):
            names, rows = list(semantics), list(semantics.values())
            if seen is None:
                seen = self.were_seen(names)
        else:
            names, rows = [str(row) for row in range(len(semantics))], semantics
        if seen is None:
            raise InputError(
                "`seen` must tell which rows of `semantics` are classes that "
                "training had images of. Received: None; give a bool a row, or "
                "a dict of class name to semantics."
            )
        seen = np.asarray(seen)
        if seen.dtype != bool or seen.shape != (len(names),):
            raise InputError(
                f"`seen` must be one bool a class, {len(names)} in all. "
                f"Received: {seen.dtype} of shape {seen.shape}"
            )
        return names, rows, seen

    def _call(self, name, **inputs):
        signature = self._signature(name)
        tensors = {
            key: tf.constant(rows) if key == "seen" else self._rows(key, rows)
            for key, rows in inputs.items()
        }
        try:
            return signature(**tensors)
        except tf.errors.InvalidArgumentError as error:
            for key, tensor in tensors.items():
                if key != "seen":
                    _refuse_unless_finite(key, tensor.numpy(), error)
            raise

    def _signature(self, name):
        if name not in self._saved.signatures:
            raise InputError(
                f"The model must have a signature `{name}`. Received: one "
                f"with {', '.join(sorted(self._saved.signatures))}; train "
                "with a --method that offers it."
            )
        return self._saved.signatures[name]

    def _rows(self, name, rows):
        tensor = _tensor(rows)
        width = {
            "features": "feature_width",
            "semantics": "semantics_width",
        }[name]
        width = getattr(self, width)
        if len(tensor.shape) != 2 or tensor.shape[1] != width:
            raise InputError(
                f"`{name}` must have the shape (rows, {width}). Received: "
                f"{tuple(tensor.shape)}"
            )
        return tensor


def _tensor(rows):
    """Rows as float32; where DLPack's conditions hold, without a copy."""
    if isinstance(rows, np.ndarray) and rows.dtype == np.float32:
        flags = rows.flags
        aligned = rows.ctypes.data % 64 == 0
        if aligned and flags.c_contiguous and flags.writeable and rows.size:
            return tf.experimental.dlpack.from_dlpack(rows.__dlpack__())
    return tf.convert_to_tensor(rows, tf.float32)


def _refuse_unless_finite(name, rows, error):
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(bad):
        raise InputError(
            f"`{name}` must be finite numbers. Received: NaN or infinity in "
            f"row {bad[0]}"
        ) from error
