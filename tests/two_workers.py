"""Two processes over loopback that TF_CONFIG tells of each other."""

import contextlib
import json
import socket

from forked import own_lines

PATIENCE = 400.0  # seconds until a test gives up


def configs(count=2):
    """The TF_CONFIG of each worker, on ports that were free."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        places = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    return [
        json.dumps(
            {
                "cluster": {"worker": places},
                "task": {"type": "worker", "index": index},
            }
        )
        for index in range(count)
    ]


@contextlib.contextmanager
def killed_at_last(processes):
    """What still runs at the end is killed."""
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def ended(processes):
    """(exit code, stdout, our own lines on stderr) of each, at their end."""
    found = []
    for process in processes:
        output, words = process.communicate(timeout=PATIENCE)
        found.append((process.returncode, output, own_lines(words)))
    return found
