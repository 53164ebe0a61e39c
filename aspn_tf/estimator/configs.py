"""From an estimator's arguments to a Config."""

import dataclasses

from sklearn.utils.validation import check_random_state

from aspn_tf.config import Config
from aspn_tf.errors import InputError
from aspn_tf.methods import registry


def config_of(estimator):
    """The `Config` of a `ZeroShotClassifier`.

    Raises:
      InputError: there is no such method or setting, or a value is out of its
        bounds.
    """
    method, settings = estimator.method, estimator._settings
    if method not in registry.METHODS:
        raise InputError(
            f"`method` must be one of {', '.join(registry.METHODS)}. "
            f"Received: {method!r}"
        )
    check_settings(method, settings)
    seed = estimator.random_state
    if not isinstance(seed, int):
        seed = int(check_random_state(seed).randint(2**31))
    return Config(
        method=method,
        calibration=estimator.calibration,
        partitions=estimator.partitions,
        seed=seed,
        settings={method: registry.settings_class(method)(**settings)},
    )


def check_settings(method, names, shared=()):
    """Refuses what is no setting of a method.

    Args:
      method: its name; of one that is none, nothing is known.
      names: of the settings.
      shared: other arguments, for the sentence.

    Raises:
      InputError: there is no such setting.
    """
    if method not in registry.METHODS:
        return
    kind = registry.settings_class(method)
    known = {field.name for field in dataclasses.fields(kind)}
    for name in names:
        if name not in known:
            others = f"{', '.join(shared)} or " if shared else ""
            raise InputError(
                f"A parameter must be {others}a setting of {method} (python "
                f"-m aspn_tf.main --help --method={method}). Received: {name}"
            )
