"""A process that reads cases until it dies of one.

Each line of its input is JSON, `kind`, `path` and `folder`; it answers with
one: `outcome` (loaded, refused, traceback, violation), `detail`, `seconds` of
the processor and `peak` in bytes.
"""

import json
import os
import pathlib
import resource
import sys
import traceback

MOST = 12 << 30  # bytes of address space, so that the machine lives
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
LONGEST = 1000  # letters of a sentence
folder, violations = None, []


def watch(event, arguments):
    """Notes what no reader may do."""
    if folder is None:
        return
    if event == "pickle.find_class":
        violations.append(f"unpickles {arguments[1]}")
    elif event == "socket.connect":
        violations.append(f"connects to {arguments[1]}")
    elif event == "open":
        path, mode, flags = arguments
        writes = (flags or 0) & WRITES or (mode and set(mode) & set("wax+"))
        if not writes or isinstance(path, int):
            return
        place = os.path.realpath(os.fsdecode(path))
        if place != os.devnull and not place.startswith(folder):
            violations.append(f"writes {place}")


def answer(kind, path):
    """Reads a case: the outcome, and what there is to say of it."""
    from aspn_tf.errors import InputError
    from fuzzing import readers

    violations.clear()
    try:
        readers.read(kind, path)
        outcome, detail = "loaded", ""
    except InputError as error:
        outcome, detail = "refused", str(error)
        # What the path itself has is not the sentence's.
        words = detail.replace(str(path), "").replace(os.path.dirname(path), "")
        if "\n" in words or len(words) > LONGEST or "eceived" not in words:
            if kind != "flags":  # absl's own are made one line by the command
                outcome = "traceback"
                detail = f"no sentence: {words[:LONGEST]!r}"
    except AssertionError as error:
        if str(error) != readers.EXTERNAL:
            raise
        violations.append(str(error))
    except Exception:
        outcome, detail = "traceback", traceback.format_exc()[-3000:]
    if pathlib.Path("unpickled").exists():
        violations.append("unpickled")
    if violations:
        outcome, detail = "violation", "; ".join(violations)
    return outcome, detail


def main():
    """Answers every line."""
    global folder
    resource.setrlimit(resource.RLIMIT_AS, (MOST, MOST))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.addaudithook(watch)
    for line in sys.stdin:
        case = json.loads(line)
        os.chdir(case["folder"])
        folder = None
        if case["counts"]:  # imports may write their caches
            folder = os.path.realpath(case["folder"])
        started = sum(os.times()[:4])
        outcome, detail = answer(case["kind"], os.fsdecode(case["path"]))
        seconds, folder = sum(os.times()[:4]) - started, None
        os.chdir("/")
        peak = max(
            resource.getrusage(who).ru_maxrss * 1024
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        told = {"outcome": outcome, "detail": detail, "seconds": seconds}
        print(json.dumps(told | {"peak": peak}), file=out, flush=True)


if __name__ == "__main__":
    main()
