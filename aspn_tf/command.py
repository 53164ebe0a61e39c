"""From a command line to a Config, and from an error to an exit code."""

import contextlib
import dataclasses
import importlib
import itertools
import os
import pathlib
import sys

from absl import app, flags, logging

from aspn_tf import config as configs
from aspn_tf import contradictions, disk, flagfiles
from aspn_tf.data import harmless
from aspn_tf.errors import InputError, Lost, Stopped
from aspn_tf.helping import help_text
from aspn_tf.methods import registry
from aspn_tf.methods.settings import text

RECIPES = pathlib.Path(__file__).parent / "flags"
JOBS = (  # of the commands that run many cells
    "jobs",
    1,
    "Cells at once, each in a process of its own; the cores are shared.",
)
LOST = 4  # the exit code where another worker has gone
HELP = ("--help", "-help", "-h", "-?")


def run(main, extra=(), configured=True, checked=True, rest=""):
    """Runs `main(config, **extra)` with the flags of this process.

    Or `main(**extra)`, for a command that does not train.

    Exits with 0 (also where a reader such as `head` stops reading), with 2
    after one sentence for a mistake of the user's, with 3 after one for an
    error of the disk, with 4 after one for another worker that has gone, with
    130 when interrupted, or with 128 and the signal's number after a line that
    says how to go on. Never returns.

    Args:
      main: callable; gets the Config, and each extra flag by name.
      extra: names, defaults and helps, (name, default, text), of flags
        that are this command's own.
      configured: whether the fields of the Config, and the settings of every
        method, are flags of it too.
      checked: whether flags that contradict each other are refused; a row of
        a study may have such.
      rest: by which name `main` gets the words after `--`, a list; "" where
        none may be typed.
    """
    if configured:
        _define_fields(configs.Config)
        for method in registry.METHODS:
            _define_fields(registry.settings_class(method), f"{method}.")
    for name, default, words in extra:
        _define(name, default, words)

    others, typed = [], set()

    def parsed(argv):
        if rest and "--" in argv:
            at = argv.index("--")
            argv, others[:] = argv[:at], argv[at + 1 :]
        try:
            words = _parse(argv, extra, configured, typed)
            if configured and checked:
                contradictions.refuse(config_of_flags())
            return words
        except (flags.Error, InputError) as error:
            _fail(error)

    def body(_):
        values = {name: flags.FLAGS[name].value for name, *_ in extra}
        if rest:
            values[rest] = others
        try:
            with _muted():
                importlib.import_module("tensorflow")
            logging.set_verbosity(logging.ERROR)
            if configured:
                config = config_of_flags().replace(typed=frozenset(typed))
                main(config, **values)
            else:
                main(**values)
            sys.stdout.flush()
        except BrokenPipeError:
            _drop_output()
        except InputError as error:
            _fail(error)
        except Lost as lost:
            _fail(lost, LOST)
        except Stopped as stopped:
            _say(f"stopped; {stopped.way}")
            sys.exit(128 + stopped.signal)
        except KeyboardInterrupt:
            _say("interrupted")
            sys.exit(130)
        except Exception as error:
            if not isinstance(error, OSError) and not disk.failed(error):
                raise
            _drop_output()
            _fail(disk.sentence(error), disk.EXIT)

    app.run(body, flags_parser=parsed)


def config_of_flags():
    """The Config that the parsed flags stand for."""
    settings = {
        method: _values(registry.settings_class(method), f"{method}.")
        for method in registry.METHODS
    }
    return _values(configs.Config, "", settings=settings)


def _values(kind, prefix, **others):
    """An instance of a dataclass of settings, from the flags.

    Its own sentence about a value out of its bounds has no prefix; it is
    given one here.
    """
    names = [f.name for f in dataclasses.fields(kind) if f.metadata]
    try:
        return kind(
            **{name: flags.FLAGS[prefix + name].value for name in names},
            **others,
        )
    except InputError as error:
        raise InputError(str(error).replace("`--", f"`--{prefix}", 1)) from None


def _define_fields(kind, prefix=""):
    for field in dataclasses.fields(kind):
        if field.metadata:
            name = prefix + field.name
            _define(name, field.default, field.metadata["help"])


def _define(name, default, words):
    define = {
        bool: flags.DEFINE_boolean,
        int: flags.DEFINE_integer,
        float: flags.DEFINE_float,
        str: flags.DEFINE_string,
    }[type(default)]
    define(name, default, words)


def _parse(argv, extra, configured, names):
    """Parses the flags; adds to `names` those typed outside of flagfiles."""
    if any(word.startswith(HELP) for word in argv[1:]):
        try:
            about = sys.modules["__main__"].__doc__ or ""
            print(help_text(argv, extra, configured, about), flush=True)
        except BrokenPipeError:
            _drop_output()
        sys.exit(0)
    typed = flagfiles.expanded(argv[1:])
    _read(argv[:1] + flagfiles.beside(argv[1:]))
    names |= {name for name in flags.FLAGS if flags.FLAGS[name].present}
    rest = _read(argv[:1] + typed)
    if len(rest) > 1:
        raise InputError(
            "every argument must be a flag, such as --dataset=cub. "
            f"Received: {rest[1]}"
        )
    if not configured:
        return rest
    first = config_of_flags()
    _refuse_another_reading(typed, first.reading)
    recipe = RECIPES / f"{first.dataset}.flags"
    below = []
    if os.path.isfile(recipe):  # False too of a name that no file can have
        below = flagfiles.expanded([f"--flagfile={recipe}"])
    shared, own = configs.split_reading(first.method, first.reading)
    below += [f"--{name}={text(value)}" for name, value in shared.items()]
    below += [
        f"--{first.method}.{name}={text(value)}" for name, value in own.items()
    ]
    rest = _read(argv[:1] + below + typed)
    config_of_flags()
    return rest


def _refuse_another_reading(words, reading):
    """Of a flagfile of another reading the lines would beat this one."""
    for word, after in itertools.pairwise([*words, ""]):
        name, equals, value = word.lstrip("-").partition("=")
        value = value if equals else after
        if name == "reading" and value != reading:
            raise InputError(
                "`--reading` must be typed once: a flagfile that names one has "
                f"its settings. Received: --reading={value}, "
                f"--reading={reading}"
            )


def _read(words):
    """Parses words; an unknown flag is told which ones end like it."""
    try:
        return flags.FLAGS(words)
    except flags.UnrecognizedFlagError as error:
        ending = f".{error.flagname}"
        near = [f"--{name}" for name in flags.FLAGS if name.endswith(ending)]
        if not near:
            raise
        raise InputError(
            f"a setting must be named with its method: {', '.join(near)}. "
            f"Received: --{error.flagname}"
        ) from error


def _drop_output():
    """Sends what is still to be printed nowhere: it cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def _muted():
    """Drops stderr, where TensorFlow's C++ speaks before it can be told."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _fail(error, code=2):
    _say(" ".join(harmless.line(error).split()))
    sys.exit(code)


def _say(sentence):
    with contextlib.suppress(OSError):
        print(f"aspn_tf: {sentence}", file=sys.stderr)
