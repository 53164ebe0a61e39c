"""What is meant for the person who typed the command."""

import contextlib


class InputError(ValueError):
    """What the user gave cannot be used.

    The message is one sentence: what must hold, what was received and what
    to do. `aspn_tf.main` prints it to stderr and exits with code 2, and with 3
    what it says of an error of the disk; any other exception is a fault of
    the program and keeps its traceback.
    """


def refuse_absent(**values):
    """Raises `InputError` where a flag has no value."""
    for name, value in values.items():
        if not value:
            raise InputError(f"`--{name}` must be given. Received: nothing")


def refuse_below_one(**counts):
    """Raises `InputError` where the count of a flag is less than 1."""
    for name, value in counts.items():
        if value < 1:
            raise InputError(
                f"`--{name}` must be at least 1. Received: {value}"
            )


@contextlib.contextmanager
def needing(extra, what):
    """What cannot be imported within is of an extra of the package.

    Args:
      extra: its name.
      what: that needs it, as the user has typed it.

    Raises:
      InputError: something is not installed; it tells how to have it.
    """
    try:
        yield
    except ImportError as error:
        raise InputError(
            f"{what} must have its libraries: pip install 'aspn_tf[{extra}]'. "
            f"Received: {error}"
        ) from error


class Lost(RuntimeError):
    """Another worker of a training on several has gone.

    The message is one sentence; a command exits with code 4 after it.
    """


class Stopped(BaseException):
    """A signal has asked for the end of a run that can go on later.

    Not an Exception, so that nobody takes it for a failure.

    Attributes:
      signal: its number.
      way: how to go on, a part of a sentence.
    """

    def __init__(self, signal, way="the same command begins again"):
        super().__init__(f"stopped by signal {signal}")
        self.signal, self.way = signal, way
