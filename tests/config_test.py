"""Config, and the command that makes one from what was typed."""

import dataclasses
import re
import sys

import pytest
from absl import flags

from aspn_tf import command, config
from aspn_tf.config import LITERAL, Config
from aspn_tf.errors import InputError

FIELDS = {field.name: field for field in dataclasses.fields(Config)}


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
        "# why\n--epochs=7\n--batch_size=9\n--temperature=0.5\n"
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
    assert typed() == Config()


def test_the_recipe_beats_the_default(typed):
    assert typed("--dataset=cub") == Config(
        dataset="cub", epochs=7, batch_size=9, temperature=0.5
    )


def test_the_recipe_of_another_data_set_is_not_read(typed):
    assert typed("--dataset=awa1").epochs == Config().epochs


def test_reading_literal_beats_the_recipe(typed):
    made = typed("--dataset=cub", "--reading=literal")
    assert made.temperature == LITERAL["temperature"] != 0.5
    assert made.epochs == 7
    assert {name: getattr(made, name) for name in LITERAL} == LITERAL


def test_what_is_typed_beats_everything(typed):
    made = typed(
        "--temperature=0.25", "--reading=literal", "--epochs=3", "--dataset=cub"
    )
    assert (made.temperature, made.epochs, made.batch_size) == (0.25, 3, 9)
    assert made.compatibility == "dot"


def test_a_typed_default_beats_the_recipe(typed):
    default = Config().epochs
    assert typed("--dataset=cub", f"--epochs={default}").epochs == default


def test_of_two_typed_values_the_last_counts(typed, tmp_path):
    (tmp_path / "mine.flags").write_text("--epochs=5\n--nocalibration\n")
    mine = f"--flagfile={tmp_path / 'mine.flags'}"
    assert typed("--epochs=4", mine).epochs == 5
    assert typed(mine, "--epochs=4").epochs == 4
    assert typed(mine, "--dataset=cub").epochs == 5
    assert not typed(mine).calibration


def test_a_flagfile_may_name_the_data_set_and_the_reading(typed, tmp_path):
    (tmp_path / "mine.flags").write_text("--dataset=cub\n--reading=literal\n")
    made = typed(f"--flagfile={tmp_path / 'mine.flags'}")
    assert (made.dataset, made.epochs) == ("cub", 7)
    assert made.compatibility == "dot"


@pytest.mark.parametrize(
    "made",
    [
        Config(),
        Config(**LITERAL, reading="literal"),
        Config(
            dataset="cub",
            manual_dir="a folder/of mine",
            exclude="grizzly bear, bobcat",
            calibration=False,
            learning_rate=1.0 / 3.0,
            temperature=1e-5,
            noise_width=0,
        ),
    ],
)
def test_the_lines_of_a_flagfile_make_the_config_again(typed, tmp_path, made):
    file = tmp_path / "config.flags"
    file.write_text("\n".join(made.flag_lines()) + "\n")
    assert typed(f"--flagfile={file}") == made


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
        "--trials=3", "--epochs=2", extra=[("trials", 20, "How many.")]
    )
    assert made == Config(epochs=2) and values == {"trials": 3}


@pytest.mark.parametrize("word", ["--help", "-h", "--helpfull", "--helpshort"])
def test_help_ends_with_0_whatever_else_is_typed(capfd, monkeypatch, word):
    def main(config):
        raise AssertionError("ran")

    argv = ["some/where/main.py", "--epochs=0", word]
    assert exit_of(lambda: command.run(main), argv, monkeypatch) == 0
    out, err = capfd.readouterr()
    assert out.startswith("python -m aspn_tf.main [flags]\n") and err == ""


@pytest.fixture
def help_of(capfd, monkeypatch):
    """The lines of --help."""

    def lines_of(extra=()):
        argv = ["main.py", "--help"]
        exit_of(lambda: command.run(print, extra), argv, monkeypatch)
        return capfd.readouterr().out.splitlines()

    return lines_of


def test_help_tells_every_flag_once_in_its_group_with_its_default(help_of):
    lines = help_of([("trials", 20, "How many.")])
    group, found = None, {}
    for line in lines:
        if heading := re.fullmatch(r"(\w+):", line):
            group = heading[1]
        elif flag := re.fullmatch(r"  --(\w+)=(\S*)(?:  \[(.+)\])?", line):
            name, default, choices = flag.groups()
            assert name not in found
            found[name] = (group, default, choices)
    assert found.pop("trials") == ("main", "20", None)
    assert found == {
        name: (
            field.metadata["group"],
            config.text(field.default),
            "|".join(filter(None, field.metadata["choices"] or ())) or None,
        )
        for name, field in FIELDS.items()
    }


def test_help_has_lines_of_80_columns_and_fits_three_screens(help_of):
    lines = help_of()
    assert max(map(len, lines)) <= 80
    assert len(lines) < 150


def test_literal_names_fields_that_exist_with_values_they_may_have():
    Config(**LITERAL)
    readings = {
        name
        for name, field in FIELDS.items()
        if field.metadata["group"] == "reading"
    }
    assert readings <= set(LITERAL)


def test_every_default_is_within_its_own_bounds():
    Config()
    Config(seed=2**31, alpha=1.0, noise_width=0)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("--dataset=imagenet", "`--dataset` must be one of digit_pairs, .*net"),
        ("--method=gpt", "`--method` must be one of aspn, .*gpt"),
        ("--selection=best", "`--selection` must be one of last, .*best"),
        ("--reading=mine", "`--reading` must be one of default, literal"),
        ("--semantics=w2v", r"`--semantics` must be one of \(empty\), att"),
        ("--epochs=0", "`--epochs` must be at least 1. Received: 0"),
        ("--epochs=two", "--epochs=two"),
        ("--epochs=1.5", "--epochs=1.5"),
        ("--epochs", "epochs"),
        ("--alpha=1.5", "`--alpha` must be at most 1.0. Received: 1.5"),
        ("--batch_size=1", "`--batch_size` must be at least 2"),
        ("--seed=-1", "`--seed` must be at least 0"),
        ("--seed=99999999999", "`--seed` must be at most"),
        ("--temperature=0", "`--temperature` must be at least"),
        ("--learning_rate=nan", "`--learning_rate` must be finite"),
        ("--learning_rate=inf", "`--learning_rate` must be finite"),
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


def test_a_wrong_value_in_a_recipe_is_refused(refused, recipes):
    (recipes / "flo.flags").write_text("--epochs=0\n")
    assert "`--epochs`" in refused("--dataset=flo")


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
    assert recipe.stem in config.DATASETS
    made = []
    code = exit_of(
        lambda: command.run(made.append),
        ["main.py", f"--dataset={recipe.stem}"],
        monkeypatch,
    )
    assert code == 0 and made[0].dataset == recipe.stem
