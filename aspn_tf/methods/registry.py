"""The methods, by the name that `--method` knows; each is imported when used.

A further method is its own folder or file, one line here and, where the paper
printed one, its row in `aspn_tf.evaluation.paper`.
"""

import dataclasses
import importlib


@dataclasses.dataclass(frozen=True)
class Entry:
    """Where a method is found.

    Attributes:
      settings: "module:class" of its `Settings`; imports no TensorFlow.
      method: "module:class" of its `Method`.
    """

    settings: str
    method: str


def _folder(name, method):
    home = f"aspn_tf.methods.{name}"
    return Entry(f"{home}.settings:Settings", f"{home}.method:{method}")


METHODS = {
    "aspn": _folder("aspn", "Recognizer"),
    "cadavae": _folder("cadavae", "CADAVAE"),
    "clswgan": _folder("clswgan", "CLSWGAN"),
    "cosmo": _folder("cosmo", "COSMO"),
    "cycle_clswgan": _folder("cycle_clswgan", "CycleCLSWGAN"),
    "epgn": _folder("epgn", "EPGN"),
    "eszsl": _folder("eszsl", "ESZSL"),
    "fvaegan": _folder("fvaegan", "FVAEGAN"),
    "gazsl": _folder("gazsl", "GAZSL"),
    "gdan": _folder("gdan", "GDAN"),
    "lisgan": _folder("lisgan", "LisGAN"),
    "sae": _folder("sae", "SAE"),
    "devise": _folder("devise", "DeViSE"),
    "ale": _folder("ale", "ALE"),
    "sje": _folder("sje", "SJE"),
    "latem": _folder("latem", "LATEM"),
    "sync": _folder("sync", "SYNC"),
    "cnzsl": _folder("cnzsl", "CNZSL"),
    "dem": _folder("dem", "DEM"),
    "relationnet": _folder("relationnet", "RelationNet"),
    "zlap": _folder("zlap", "ZLAP"),
}
DEFAULT = next(iter(METHODS))


def settings_class(name):
    """The `Settings` of a method."""
    return _import(METHODS[name].settings)


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
    """
    if settings is None:
        settings = settings_class(name)()
    return method_class(name)(view, settings, seed)


def _import(place):
    module, _, attribute = place.partition(":")
    return getattr(importlib.import_module(module), attribute)
