"""Processes that need not import TensorFlow: forks of one that has.

Where what a process does is tested; that the real command runs by itself, from
nothing, is `main_test`'s.
"""

import atexit
import contextlib
import multiprocessing
import os
import pathlib
import resource
import runpy
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[1]
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["tensorflow", "keras", "tensorflow_datasets"])


class Forked:
    """As `subprocess.Popen([sys.executable, *words])` with pipes of text.

    Args:
      words: "-c" and code, or "-m" and a module; and what follows.
      limit: bytes beyond which none of its files may grow; None: any may.
      cwd: where it runs; None: here.
      **environment: more of its environment.
    """

    def __init__(self, words, limit=None, cwd=None, **environment):
        self._stdout = tempfile.NamedTemporaryFile()
        self._stderr, writer = SERVER.Pipe(duplex=False)
        streams = self._stdout.name, writer
        self._process = SERVER.Process(
            target=_begin,
            args=(streams, limit, cwd, environment, *map(str, words)),
        )
        self._process.start()
        writer.close()
        self.pid = self._process.pid

    @property
    def returncode(self):
        return self._process.exitcode

    def poll(self):
        return self._process.exitcode

    def wait(self, timeout=None):
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("a fork", timeout)
        return self.returncode

    def communicate(self, timeout=None):
        """What it wrote to stdout and stderr, at its end."""
        parts = []
        while not self._stderr.closed:
            if not self._stderr.poll(timeout):  # for each part anew
                raise subprocess.TimeoutExpired("a fork", timeout)
            parts.append(os.read(self._stderr.fileno(), 1 << 16))
            if not parts[-1]:
                self._stderr.close()
        self.wait(timeout)
        self._stdout.seek(0)
        return self._stdout.read().decode(), b"".join(parts).decode()

    def send_signal(self, number):
        with contextlib.suppress(ProcessLookupError):  # it has ended
            if self.returncode is None:
                os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)


def run(words, **options):
    """As `subprocess.run`, of a `Forked`."""
    process = Forked(words, **options)
    output, said = process.communicate()
    code = process.returncode
    return subprocess.CompletedProcess(words, code, output, said)


def own_lines(text):
    """What aspn_tf says in a text of stderr, which has no traceback."""
    assert "Traceback" not in text, text
    lines = text.replace("\r", "\n").splitlines()  # a bar has no newlines
    return [line for line in lines if line.startswith("aspn_tf:")]


def _begin(streams, limit, cwd, environment, how, what, *words):
    stdout, writer = streams
    os.dup2(os.open(stdout, os.O_WRONLY), 1)
    os.dup2(writer.fileno(), 2)
    writer.close()
    os.environ.update(environment)
    sys.path.insert(0, str(ROOT))
    os.chdir(cwd or ".")
    if limit is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        if how == "-c":
            sys.argv = [how, *words]
            exec(what, {"__name__": "__main__"})
        else:
            sys.argv = [what, *words]
            runpy.run_module(what, run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()
