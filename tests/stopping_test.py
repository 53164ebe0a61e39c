"""What becomes of a process whose parent is killed."""

import subprocess
import sys

import pytest

CHILD = """
import signal, time
from aspn_tf import stopping
signal.alarm(60)  # whatever happens, none is left
stopping.LOOK, stopping.GRACE, stopping.SAME = 0.05, 0.5, 0.1
stopping.listen()
stopping.end_with_parent()
with stopping.deferred():
    print("within", flush=True)
    {state}
    print("its end", flush=True)
    stopping.refuse_to_go_on()
"""
UNTIL_ASKED = "while not stopping.asked(): time.sleep(0.01)"
FOR_EVER = "while True: time.sleep(0.01)"


@pytest.mark.parametrize(
    ("state", "output", "said"),
    [
        (UNTIL_ASKED, "its end\n", "Stopped: stopped by signal 15\n"),
        (FOR_EVER, "", "ended at once; what was kept before is there\n"),
    ],
)
def test_it_ends_with_its_state_or_at_once(state, output, said):
    pipe = subprocess.PIPE
    words = ['"$0" -c "$1"; :', sys.executable, CHILD.format(state=state)]
    with subprocess.Popen(
        ["sh", "-c", *words], stdout=pipe, stderr=pipe, text=True
    ) as parent:
        assert parent.stdout.readline() == "within\n"
        parent.kill()
        found, errors = parent.communicate(timeout=20)
    assert found == output and errors.endswith(said), errors
