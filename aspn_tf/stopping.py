"""Signals that end a run: at once, or when the state at hand is kept."""

import contextlib
import os
import signal
import threading
import time

from aspn_tf.errors import Stopped

SIGNALS = (signal.SIGINT, signal.SIGTERM)
LOOK = 1.0  # seconds from one look at the parent to the next
_inside = 0  # how many `deferred` blocks the process is in
_asked = None  # the number of a signal that waits for the end of one


def listen():
    """From here on the signals are heard as this module tells."""
    for number in SIGNALS:
        signal.signal(number, _heard)


def end_with_parent():
    """Asks this process to stop once its parent is gone."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(LOOK)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def deferred():
    """A first signal within waits for `refuse_to_go_on`; a second does not."""
    global _inside
    _inside += 1
    try:
        yield
    finally:
        _inside -= 1


def asked():
    """Whether a signal waits."""
    return _asked is not None


def refuse_to_go_on():
    """Raises `Stopped` where a signal has come."""
    if asked():
        raise Stopped(_asked)


def _heard(number, _):
    global _asked
    if _inside and not asked():
        _asked = number
        return
    raise Stopped(number)
