"""The code of README.md and BUILD.md, and the commands in it.

A command of ours is not run to be checked: its own flags parse what is typed.
"""

import pathlib
import re
import runpy
import shlex
import sys

import pytest
from absl import flags

from aspn_tf import command
from aspn_tf.methods import registry
from aspn_tf.runs import ablation, comparison, study

ROOT = pathlib.Path(__file__).parents[1]
TEXTS = {name: (ROOT / name).read_text() for name in ("README.md", "BUILD.md")}
BLOCK = re.compile(  # fenced, or indented by four spaces
    r"^```(\w*)\n((?:.*\n)*?)```$|(?<=\n\n)((?:    .*\n|\n(?=    ))+)", re.M
)
BLOCKS = [  # (kind, text)
    (found[1] or "", found[2] or re.sub("(?m)^    ", "", found[3]))
    for text in TEXTS.values()
    for found in BLOCK.finditer(text)
]
EXAMPLES = [  # of --help
    re.sub("(?m)^    ", "", found[1])
    for path in (ROOT / "aspn_tf").glob("*.py")
    if (
        found := re.search(
            r"^Examples:\n((?:    .*\n)+)", path.read_text(), re.M
        )
    )
]
PYTHON = [text for kind, text in BLOCKS if kind == "python"]
PROGRAMS = {
    *("curl", "mkdir", "cp", "ruff", ".", "tensorboard", "export"),
    "tensorflow_model_server",
}
ROWS = {  # what a command looks at once its flags are parsed
    "ablate": lambda config, variants, **_: ablation.choose(config, variants),
    "compare": lambda config, methods, **_: comparison.choose(config, methods),
    "cost": lambda _, methods: study.chosen(
        "methods", methods, registry.METHODS
    ),
}
EXTRAS = re.findall(r'^ +"(\w+)": ', (ROOT / "setup.py").read_text(), re.M)


def block(start):
    """The text of the only block that begins so."""
    (found,) = (text for _, text in BLOCKS if text.startswith(start))
    return found


def typed(text):
    """The commands of a block, each a list of words."""
    for line in text.replace("\\\n", " ").splitlines():
        for part in line.split(" && "):
            if words := shlex.split(part, comments=True):
                yield words


def inline():
    """The commands within sentences, which may leave flags out."""
    for text in TEXTS.values():
        for found in re.findall(r"`(python [^`]+)`", text):
            yield from typed(" ".join(found.split()))


def parsed(words):
    """What a command would call: (function, arguments, named arguments).

    Fails where the command would refuse its flags.
    """
    found, real, fresh = [], command.run, flags.FlagValues()

    def caught(main, extra=(), configured=True, **others):
        def stand_in(*arguments, **values):
            found.append((main, arguments, values))

        real(stand_in, extra, configured, **others)

    def within(define):
        return lambda *told: define(*told, flag_values=fresh)

    def app_run(body, flags_parser):
        body(flags_parser(sys.argv))

    with pytest.MonkeyPatch.context() as patch:
        for name in ("boolean", "integer", "float", "string"):
            define = getattr(flags, f"DEFINE_{name}")
            patch.setattr(flags, f"DEFINE_{name}", within(define))
        patch.setattr(flags, "FLAGS", fresh)
        patch.setattr(command, "run", caught)
        patch.setattr(command.app, "run", app_run)
        patch.setattr(sys, "argv", [w for w in words[2:] if w != "--help"])
        try:
            runpy.run_module(words[2], run_name="__main__")
        except (SystemExit, ImportError) as error:
            pytest.fail(f"{' '.join(words)}: {error}")
    (call,) = found
    return call


def called(words, **changes):
    """Calls what a command calls, with parts of its `Config` changed."""
    main, configs, values = parsed(words)
    main(*(config.replace(**changes) for config in configs), **values)


def check(words, whole=True):
    """Fails where a command cannot be meant, as far as can be told.

    Args:
      words: of the command.
      whole: whether it is all that is to be typed.
    """
    program = words[0].rpartition("/")[2]
    if program == "pip":
        wanted = re.findall(r"\[(\w+)\]", words[-1])
        assert set(wanted) <= set(EXTRAS), words
    elif not program.startswith("python"):
        assert program in PROGRAMS, words
    elif words[1] != "-m":
        assert (ROOT / words[1]).is_file(), words
    elif words[2] not in ("venv", "pytest"):
        _, arguments, values = parsed(words)
        rows = ROWS.get(words[2].removeprefix("aspn_tf."))
        if rows and whole:
            rows(*arguments, **values)
