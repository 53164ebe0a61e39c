"""Signatures, called with rows that are checked first."""

import numpy as np
import tensorflow as tf

from aspn_tf.errors import InputError


class Signatures:
    """The functions of a servable, by name.

    Attributes:
      widths: dict of "features" and "semantics" to theirs.

    Args:
      functions: dict of name to callable of named tensors.
      widths: see above.
      owner: what must live as long as the functions do.
    """

    def __init__(self, functions, widths, owner):
        self.widths = widths
        self._functions, self._owner = functions, owner

    def named(self, name):
        """The function of that name.

        Raises:
          InputError: there is none.
        """
        if name not in self._functions:
            raise InputError(
                f"The model must have a signature `{name}`. Received: one "
                f"with {', '.join(sorted(self._functions))}; train with a "
                "--method that offers it."
            )
        return self._functions[name]

    def call(self, name, **inputs):
        """What a function answers, a dict of tensors.

        Args:
          name: of the function.
          **inputs: `features`, `semantics`, rows as they come from the
            caller; `seen`, bools.

        Raises:
          InputError: there is no such function, a width is not the trained
            one, or a number is not finite.
        """
        function = self.named(name)
        given = {
            key: rows(key, values, self.widths[key])
            if key in self.widths
            else tf.constant(values)
            for key, values in inputs.items()
        }
        try:
            return function(**given)
        except tf.errors.InvalidArgumentError as error:
            for key in self.widths.keys() & given.keys():
                refuse_unless_finite(key, given[key].numpy(), error)
            raise


def rows(name, values, width):
    """A float32 tensor (n, width).

    Args:
      name: of the argument, for the sentence.
      values: (n, width), an array or what can be made one.
      width: what it must be.

    Raises:
      InputError: the shape is another.
    """
    tensor = _tensor(values)
    if len(tensor.shape) != 2 or tensor.shape[1] != width:
        raise InputError(
            f"`{name}` must have the shape (rows, {width}). Received: "
            f"{tuple(tensor.shape)}"
        )
    return tensor


def refuse_unless_finite(name, values, cause=None):
    """Raises `InputError` where a number is not; names the first row.

    Args:
      name: of the argument, for the sentence.
      values: (n, width).
      cause: the error that made one look.
    """
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        raise InputError(
            f"`{name}` must be finite numbers. Received: NaN or infinity in "
            f"row {bad[0]}"
        ) from cause


def _tensor(values):
    """Float32; where DLPack's conditions hold, without a copy."""
    if isinstance(values, np.ndarray) and values.dtype == np.float32:
        flags = values.flags
        aligned = values.ctypes.data % 64 == 0
        if aligned and flags.c_contiguous and flags.writeable and values.size:
            return tf.experimental.dlpack.from_dlpack(values.__dlpack__())
    return tf.convert_to_tensor(values, tf.float32)
