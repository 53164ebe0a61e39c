"""The methods, by the name that `--method` knows; each is imported when used.

A further method is its own folder or file, one line here and, where the paper
printed one, its row in `aspn_tf.evaluation.paper`.
"""

import dataclasses
import importlib

from aspn_tf.errors import InputError


@dataclasses.dataclass(frozen=True)
class Entry:
    """Where a method is found.

    Attributes:
      settings: "module:class" of its `Settings`; imports no TensorFlow.
      method: "module:class" of its `Method`.
      streamed: whether it can leave the training rows on the disk.
      shared: whether replicas may share a batch: its losses are means, or
        sums, over rows that do not heed each other.
    """

    settings: str
    method: str
    streamed: bool = False
    shared: bool = False


def _folder(name, method, **abilities):
    home = f"aspn_tf.methods.{name}"
    return Entry(
        f"{home}.settings:Settings", f"{home}.method:{method}", **abilities
    )


# The default, the others of the paper's Table 1 in its order, and more.
METHODS = {
    "aspn": _folder("aspn", "Recognizer", streamed=True, shared=True),
    "devise": _folder("devise", "DeViSE"),
    "eszsl": _folder("eszsl", "ESZSL", streamed=True),
    "sae": _folder("sae", "SAE"),
    "ale": _folder("ale", "ALE"),
    "sync": _folder("sync", "SYNC"),
    "sje": _folder("sje", "SJE"),
    "latem": _folder("latem", "LATEM"),
    "dem": _folder("dem", "DEM", shared=True),
    "relationnet": _folder("relationnet", "RelationNet"),
    "gazsl": _folder("gazsl", "GAZSL"),
    "clswgan": _folder("clswgan", "CLSWGAN", shared=True),
    "cycle_clswgan": _folder("cycle_clswgan", "CycleCLSWGAN", shared=True),
    "gdan": _folder("gdan", "GDAN", shared=True),
    "cosmo": _folder("cosmo", "COSMO"),
    "lisgan": _folder("lisgan", "LisGAN", shared=True),
    "fvaegan": _folder("fvaegan", "FVAEGAN"),
    "epgn": _folder("epgn", "EPGN"),
    "cadavae": _folder("cadavae", "CADAVAE"),
    "cnzsl": _folder("cnzsl", "CNZSL", shared=True),
    "zlap": _folder("zlap", "ZLAP", shared=True),
}
DEFAULT = next(iter(METHODS))


def settings_class(name):
    """The `Settings` of a method."""
    return _import(METHODS[name].settings)


def able(ability):
    """Names of the methods that have it, "shared" or "streamed"."""
    return [name for name in METHODS if getattr(METHODS[name], ability)]


def method_class(name):
    """The `Method` class; imports TensorFlow."""
    return _import(METHODS[name].method)


def build(name, view, settings=None, seed=0):
    """A method, built and not yet trained.

    Args:
      name: one of `METHODS`.
      view: the `aspn_tf.data.benchmark.TrainingView`.
      settings: its `Settings`; None for the defaults.
      seed: of everything that it draws.

    Returns:
      An `aspn_tf.methods.base.Method`.

    Raises:
      InputError: the rows of the view are read, and it must hold them.
    """
    if settings is None:
        settings = settings_class(name)()
    if view.streamed and not METHODS[name].streamed:
        raise InputError(
            f"`--stream` must come with one of {', '.join(able('streamed'))}. "
            f"Received: {name}"
        )
    return method_class(name)(view, settings, seed)


def _import(place):
    module, _, attribute = place.partition(":")
    return getattr(importlib.import_module(module), attribute)
