"""Config, and the command that makes one from what was typed."""

import dataclasses
import os
import pathlib
import re
import subprocess
import sys

import pytest
from absl import flags

from aspn_tf import command
from aspn_tf.config import Config
from aspn_tf.datasets.names import DATASETS
from aspn_tf.errors import InputError
from aspn_tf.methods import registry
from aspn_tf.methods.settings import text

ROOT = pathlib.Path(__file__).parents[1]
OWN = registry.settings_class("aspn")
LITERAL = OWN.READINGS["literal"]


def exit_of(run, argv, monkeypatch):
    """Exit code of a command whose flags are its own, not the process's."""
    monkeypatch.setattr(flags, "FLAGS", flags.FlagValues())
    monkeypatch.setattr(sys, "argv", argv)

    def define(kind):
        def define_here(name, default, text):
            kind(name, default, text, flag_values=flags.FLAGS)

        return define_here

    for name in ("boolean", "integer", "float", "string"):
        kind = getattr(flags, f"DEFINE_{name}")
        monkeypatch.setattr(flags, f"DEFINE_{name}", define(kind))

    def app_run(main, flags_parser):
        main(flags_parser(sys.argv))

    monkeypatch.setattr(command.app, "run", app_run)
    try:
        run()
    except SystemExit as stop:
        return stop.code
    finally:
        monkeypatch.undo()
    return 0


@pytest.fixture
def recipes(tmp_path):
    folder = tmp_path / "recipes"
    folder.mkdir()
    (folder / "cub.flags").write_text(
        "# why\n--aspn.epochs=7\n--aspn.batch_size=9\n--aspn.temperature=0.5\n"
        "--clswgan.epochs=3\n"
    )
    return folder


@pytest.fixture
def typed(monkeypatch, recipes):
    """Config of a command line, recipes being those of the fixture."""

    def config_of(*words, extra=()):
        seen = []

        def main(config, **values):
            seen.append((config, values) if extra else config)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(command, "RECIPES", recipes)
            code = exit_of(
                lambda: command.run(main, extra), ["main.py", *words], patch
            )
        assert code == 0, code
        return seen[0]

    return config_of


@pytest.fixture
def refused(recipes, capfd):
    """The sentence that a command line is refused with."""

    def sentence_of(*words):
        def main(config):
            raise AssertionError(f"ran with {config}")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(command, "RECIPES", recipes)
            code = exit_of(
                lambda: command.run(main), ["main.py", *words], patch
            )
        out, err = capfd.readouterr()
        assert code == 2
        assert out == ""
        assert err.startswith("aspn_tf: ") and err.count("\n") == 1
        return err

    return sentence_of


def test_without_flags_every_field_has_its_default(typed):
    made = typed()
    assert made.flag_lines(registry.METHODS) == Config().flag_lines(
        registry.METHODS
    )


def test_the_recipe_beats_the_default(typed):
    made = typed("--dataset=cub")
    assert made.own == OWN(epochs=7, batch_size=9, temperature=0.5)
    assert made.settings_of("clswgan").epochs == 3


def test_the_recipe_of_another_data_set_is_not_read(typed):
    assert typed("--dataset=awa1").own == OWN()


def test_reading_literal_beats_the_recipe(typed):
    made = typed("--dataset=cub", "--reading=literal")
    assert made.own.temperature == LITERAL["temperature"] != 0.5
    assert made.own.epochs == LITERAL["epochs"] != 7
    assert not made.calibration
    own = {name: value for name, value in LITERAL.items() if hasattr(OWN, name)}
    assert {name: getattr(made.own, name) for name in own} == own
    assert (
        made.own
        == Config(dataset="cub")
        .with_settings(epochs=7, batch_size=9)
        .read_as("literal")
        .own
    )


def test_what_is_typed_beats_everything(typed):
    own = typed(
        "--aspn.temperature=0.25",
        "--reading=literal",
        "--aspn.epochs=3",
        "--dataset=cub",
    ).own
    assert (own.temperature, own.epochs, own.batch_size) == (0.25, 3, 9)
    assert own.compatibility == "dot"


def test_a_typed_default_beats_the_recipe(typed):
    default = OWN().epochs
    made = typed("--dataset=cub", f"--aspn.epochs={default}")
    assert made.own.epochs == default


def test_of_two_typed_values_the_last_counts(typed, tmp_path):
    (tmp_path / "mine.flags").write_text("--aspn.epochs=5\n--nocalibration\n")
    mine = f"--flagfile={tmp_path / 'mine.flags'}"
    assert typed("--aspn.epochs=4", mine).own.epochs == 5
    assert typed(mine, "--aspn.epochs=4").own.epochs == 4
    assert typed(mine, "--dataset=cub").own.epochs == 5
    assert not typed(mine).calibration


def test_a_flagfile_may_name_the_data_set_and_the_reading(typed, tmp_path):
    (tmp_path / "mine.flags").write_text("--dataset=cub\n--reading=literal\n")
    made = typed(f"--flagfile={tmp_path / 'mine.flags'}")
    assert (made.dataset, made.own.batch_size) == ("cub", 9)
    assert made.own.compatibility == "dot"


def test_what_is_typed_beats_the_reading_of_a_row(typed, tmp_path):
    (tmp_path / "mine.flags").write_text("--aspn.epochs=5\n--budget=3\n")
    row = typed(
        "--budget=0",
        "--flagfile",
        str(tmp_path / "mine.flags"),
        "--calibration",
        "--aspn.patience=9",
    ).read_as("literal")
    assert (row.calibration, row.own.patience) == (True, 9)
    assert row.own.epochs == LITERAL["epochs"]
    assert row.reading == "literal"
    assert typed("--budget=0").read_as("literal").budget == 0.0
    assert typed("--seed=1").read_as("literal").budget == LITERAL["budget"]


def test_a_flagfile_of_another_reading_is_refused(refused, typed, tmp_path):
    file = tmp_path / "config.flags"
    file.write_text("\n".join(Config().flag_lines()) + "\n")
    for words in (["--reading=paper"], ["--reading", "paper"]):
        words.append(f"--flagfile={file}")
        for order in (words, words[::-1][:1] + words[:-1]):
            said = refused(*order)
            assert "`--reading` must be typed once" in said
            assert "--reading=default" in said and "--reading=paper" in said
    assert typed(f"--flagfile={file}", "--reading=default").own == OWN()
    assert typed("--reading", "paper").reading == "paper"


@pytest.mark.parametrize(
    "made",
    [
        Config(),
        Config().read_as("literal"),
        Config(method="sae", calibration=False),
        Config(
            dataset="awa1",
            manual_dir="a folder/of mine",
            exclude="grizzly bear, bobcat",
            calibration=False,
        ).with_settings(
            learning_rate=1.0 / 3.0, temperature=1e-5, noise_width=0
        ),
    ],
    ids=["default", "literal", "sae", "changed"],
)
def test_the_lines_of_a_flagfile_make_the_config_again(typed, tmp_path, made):
    file = tmp_path / "config.flags"
    file.write_text("\n".join(made.flag_lines()) + "\n")
    again = typed(f"--flagfile={file}")
    assert again.flag_lines() == made.flag_lines()
    assert again.own == made.own


def test_a_command_that_does_not_train_has_only_its_own_flags(monkeypatch):
    made = []
    code = exit_of(
        lambda: command.run(
            lambda **values: made.append(values),
            [("trials", 20, "How many.")],
            configured=False,
        ),
        ["cost.py", "--trials=3"],
        monkeypatch,
    )
    assert code == 0 and made == [{"trials": 3}]


def test_a_command_may_have_flags_of_its_own(typed):
    made, values = typed(
        "--trials=3", "--aspn.epochs=2", extra=[("trials", 20, "How many.")]
    )
    assert made.own.epochs == 2 and values == {"trials": 3}


@pytest.mark.parametrize("word", ["--help", "-h", "--helpfull", "--helpshort"])
def test_help_ends_with_0_whatever_else_is_typed(capfd, monkeypatch, word):
    def main(config):
        raise AssertionError("ran")

    argv = ["some/where/main.py", "--aspn.epochs=-1", word]
    assert exit_of(lambda: command.run(main), argv, monkeypatch) == 0
    out, err = capfd.readouterr()
    assert out.startswith("python -m aspn_tf.main [flags]\n") and err == ""


@pytest.fixture
def help_of(capfd, monkeypatch):
    """The lines of --help."""

    def lines_of(*words, extra=()):
        argv = ["main.py", "--help", *words]
        exit_of(lambda: command.run(print, extra), argv, monkeypatch)
        return capfd.readouterr().out.splitlines()

    return lines_of


def flags_in(lines):
    """Flag to (group, default, choices), each told once."""
    group, found = None, {}
    # Many choices stand on lines of their own.
    whole = re.sub(
        r"\n {6}(\[[^]]+\])",
        lambda choices: "  " + re.sub(r"\s", "", choices[1]),
        "\n".join(lines),
    )
    for line in whole.splitlines():
        if heading := re.fullmatch(r"(\w+):", line):
            group = heading[1]
        elif flag := re.fullmatch(r"  --([\w.]+)=(\S*)(?:  \[(.+)\])?", line):
            name, default, choices = flag.groups()
            assert name not in found
            found[name] = (group, default, choices)
    return found


def flags_of(kind, prefix="", group=None):
    return {
        prefix + field.name: (
            group or field.metadata["group"],
            text(field.default),
            "|".join(filter(None, field.metadata["choices"] or ())) or None,
        )
        for field in dataclasses.fields(kind)
        if field.metadata
    }


def test_help_tells_every_flag_once_in_its_group_with_its_default(help_of):
    found = flags_in(help_of(extra=[("trials", 20, "How many.")]))
    assert found.pop("trials") == ("main", "20", None)
    assert found == flags_of(Config) | flags_of(OWN, "aspn.", "aspn")


@pytest.mark.parametrize("method", registry.METHODS)
def test_help_tells_the_settings_of_the_method_chosen(help_of, method):
    found = flags_in(help_of(f"--method={method}"))
    own = flags_of(registry.settings_class(method), f"{method}.", method)
    assert own.items() <= found.items()
    assert not any("." in name for name in set(found) - set(own))


def test_help_tells_the_readings(help_of):
    assert "  (--reading=default|paper|literal)" in help_of()


def test_help_has_lines_of_80_columns_and_fits_three_screens(help_of):
    lines = help_of()
    assert max(map(len, lines)) <= 80
    assert len(lines) < 165


def test_help_for_a_reader_that_stops_reading_has_no_traceback():
    done = subprocess.run(
        f"{sys.executable} -m aspn_tf.main --help | head -1",
        shell=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.stdout == "python -m aspn_tf.main [flags]\n"
    assert done.stderr == ""


@pytest.mark.parametrize("words", [["--help"], ["--aspn.epochs=two"]])
def test_help_and_mistakes_are_answered_without_tensorflow(words):
    script = (
        "import sys\nfrom aspn_tf import command, main\n"
        "try:\n    command.run(main.main)\n"
        "finally:\n    assert 'tensorflow' not in sys.modules, 'loaded'\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == (0 if words == ["--help"] else 2)
    assert "loaded" not in done.stderr


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("--dataset=imagenet", "`--dataset` must be one of .*digit_pairs.*net"),
        ("--method=gpt", "`--method` must be one of aspn, .*gpt"),
        ("--selection=best", "`--selection` must be one of last, .*best"),
        (
            "--reading=mine",
            "`--reading` must be one of default, paper, literal",
        ),
        ("--semantics=w2v", r"`--semantics` must be one of \(empty\), att"),
        (
            "--aspn.epochs=-1",
            "`--aspn.epochs` must be at least 0. Received: -1",
        ),
        ("--aspn.epochs=two", "--aspn.epochs=two"),
        ("--aspn.epochs=1.5", "--aspn.epochs=1.5"),
        ("--aspn.epochs", "aspn.epochs"),
        ("--aspn.alpha=1.5", "`--aspn.alpha` must be at most 1.0. .*: 1.5"),
        ("--aspn.batch_size=1", "`--aspn.batch_size` must be at least 2"),
        ("--clswgan.epochs=0", "`--clswgan.epochs` must be at least 1"),
        ("--epochs=3", "with its method: .*--aspn.epochs.*Received: --epochs"),
        ("--precision=int8", "`--precision` must be one of float32"),
        ("--seed=-1", "`--seed` must be at least 0"),
        ("--seed=99999999999", "`--seed` must be at most"),
        ("--aspn.temperature=0", "`--aspn.temperature` must be at least"),
        ("--aspn.learning_rate=nan", "`--aspn.learning_rate` must be finite"),
        ("--aspn.learning_rate=inf", "`--aspn.learning_rate` must be finite"),
        ("--calibration=perhaps", "calibration"),
        ("--epoch=3", "Unknown command line flag 'epoch'"),
        ("cub", "every argument must be a flag.*Received: cub"),
        ("--flagfile=/not/there.flags", "/not/there.flags"),
        ("--flagfile", "flagfile"),
    ],
)
def test_a_wrong_flag_gets_one_sentence_and_exit_code_2(refused, word, said):
    assert re.search(said, refused(word))


def test_a_wrong_flag_in_a_flagfile_is_refused(refused, tmp_path):
    file = tmp_path / "mine.flags"
    file.write_text("--epoch=3\n")
    assert "epoch" in refused(f"--flagfile={file}")


def test_a_flagfile_that_is_not_text_is_refused(refused, tmp_path):
    file = tmp_path / "mine.flags"
    file.write_bytes(b"\x89HDF\xff\xfe\x00")
    assert "mine.flags" in refused(f"--flagfile={file}")


@pytest.mark.parametrize(
    "lines, said",
    [
        ("--flagfile={file}", "must not lead back to itself"),
        ("--flagfile={pipe}", "must be a file. Received: a pipe"),
        ("--flagfile={folder}", "must be a file. Received: a directory"),
        ("--flagfile", "must stand before = in"),
        ("--flagfile={twice}\n" * 2, "at most 10000 flags"),
        ("--" + "x" * 3000, "at most 100 letters"),
        ("--dataset=" + "x" * 300, "`--dataset` must be one of"),
    ],
)
def test_a_flagfile_can_neither_wait_nor_grow_nor_recur(
    refused, tmp_path, lines, said
):
    file, pipe, twice = (tmp_path / name for name in ("file", "pipe", "twice"))
    os.mkfifo(pipe)
    twice.write_text("--seeds=1\n" * 6000)
    place = {"file": file, "pipe": pipe, "folder": tmp_path, "twice": twice}
    file.write_text(lines.format(**place))
    assert re.search(said, refused(f"--flagfile={file}"))


def test_a_wrong_value_in_a_recipe_is_refused(refused, recipes):
    (recipes / "flo.flags").write_text("--aspn.epochs=-1\n")
    assert "`--aspn.epochs`" in refused("--dataset=flo")


def test_an_input_error_of_the_command_gets_its_sentence(capfd, monkeypatch):
    def main(config):
        raise InputError("A file must\n  be there.")

    code = exit_of(lambda: command.run(main), ["main.py"], monkeypatch)
    assert code == 2
    assert capfd.readouterr().err == "aspn_tf: A file must be there.\n"


def test_an_interrupt_ends_with_130(capfd, monkeypatch):
    def main(config):
        raise KeyboardInterrupt

    code = exit_of(lambda: command.run(main), ["main.py"], monkeypatch)
    assert code == 130
    assert capfd.readouterr().err == "aspn_tf: interrupted\n"


def test_a_fault_of_the_program_keeps_its_traceback(monkeypatch):
    def main(config):
        raise ValueError("ours")

    with pytest.raises(ValueError, match="ours"):
        exit_of(lambda: command.run(main), ["main.py"], monkeypatch)


@pytest.mark.parametrize(
    "recipe", command.RECIPES.glob("*.flags"), ids=lambda recipe: recipe.stem
)
def test_every_recipe_of_ours_is_accepted(monkeypatch, recipe):
    assert recipe.stem in DATASETS
    made = []
    code = exit_of(
        lambda: command.run(made.append),
        ["main.py", f"--dataset={recipe.stem}"],
        monkeypatch,
    )
    assert code == 0 and made[0].dataset == recipe.stem
