"""Signals that end a command: at once, or when the state at hand is kept."""

import contextlib
import os
import signal
import socket
import threading
import time

from aspn_tf.errors import Stopped

SIGNALS = (signal.SIGINT, signal.SIGTERM)
LOOK = 1.0  # seconds from one look at the parent to the next
GRACE = 5.0  # seconds that a state has to end when the parent is gone
SAME = 0.5  # seconds; a parent and its group are often signalled together
AT_ONCE = b"\naspn_tf: ended at once; what was kept before is there\n"
_inside = 0  # how many `deferred` blocks the process is in
_asked = None  # the number of the first signal
_first = None  # when it came, on the clock of `time.monotonic`
_wakes = None  # the sockets of the thread that sees signals as they come


def listen():
    """From here on the signals are heard as this module tells.

    A second one ends the process at once, whatever it is in: Python's own
    handlers wait for the end of a call into TensorFlow. Without effect but in
    the main thread.
    """
    global _asked, _first, _wakes
    if threading.current_thread() is not threading.main_thread():
        return
    _asked = _first = None
    for number in SIGNALS:
        signal.signal(number, _heard)
    if _wakes is None:
        _wakes = socket.socketpair()
        _wakes[1].setblocking(False)
        threading.Thread(target=_watch, daemon=True).start()
    signal.set_wakeup_fd(_wakes[1].fileno(), warn_on_full_buffer=False)


def at_once():
    """From here on, until `listen`, a signal ends the process at once.

    Without effect but in the main thread.
    """
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)


def end_with_parent():
    """Asks this process to stop once its parent is gone; then ends it."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(LOOK)
        if _first is None:
            os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE)
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


def ask():
    """Stands for a signal that another worker has heard."""
    global _asked
    _asked = _asked or signal.SIGTERM


def refuse_to_go_on():
    """Raises `Stopped` where a signal has come."""
    if asked():
        raise Stopped(_asked)


def _heard(number, _):
    global _asked
    if asked():
        return
    _asked = number
    if not _inside:
        raise Stopped(number)


def _watch():
    global _first
    while True:
        for number in _wakes[0].recv(64):
            now = time.monotonic()
            if number not in SIGNALS:
                continue
            if _first is None:
                _first = now
            elif now - _first > SAME:
                os.write(2, AT_ONCE)
                os._exit(128 + number)
