"""The real command, as typed, and what it leaves behind."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from aspn_tf.config import Config
from aspn_tf.errors import InputError
from aspn_tf.runs import run

# Of both unseen numbers with the same tens, one remains: 10 of 50.
EXCLUDED = ",".join(f"{n:02d}" for n in range(100) if n % 10 >= 5)
ROOT = pathlib.Path(__file__).parent.parent


def command(*words, cwd):
    return subprocess.run(
        [sys.executable, "-m", "aspn_tf.main", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def ran(home):
    """One short run of the real command, in an empty directory."""
    done = command(
        "--aspn.epochs=2",
        "--aspn.hidden_width=64",
        f"--exclude={EXCLUDED}",
        "--run_dir=first/run",
        "--data_dir=data",
        cwd=home,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr and "WARNING" not in done.stderr
    return done


@pytest.fixture(scope="module")
def results(home, ran):
    return json.loads((home / "first/run/results.json").read_text())


def test_a_run_ends_with_a_table_of_t_u_s_h(ran, results):
    header, calibrated, ends, plain, area, protocol = (
        line.split() for line in ran.stdout.splitlines()[-11:-5]
    )
    assert header == ["T", "u", "s", "H"]
    assert calibrated[0] == "calibrated" and plain[0] == "uncalibrated"
    for measure, cell in zip(header, calibrated[1:], strict=True):
        assert cell == f"{results[measure]:.1f}"
    assert ends[:3] == ["95", "%", "interval"] and len(ends) == 7
    assert area == ["AUSUC", f"{results['AUSUC']:.1f}"]
    assert protocol[0] == "protocol:"


def test_a_run_tells_where_everything_is(home, ran):
    places = dict(
        line.split(maxsplit=1) for line in ran.stdout.splitlines()[-5:]
    )
    assert list(places) == [
        *("report", "model", "TensorBoard", "predict", "serve"),
    ]
    assert pathlib.Path(home, places["report"]).is_file()
    assert pathlib.Path(home, places["model"]).is_dir()


def test_a_run_prints_no_noise_of_libraries(ran):
    ours = ("choosing on validation:", "training:", "Preparing digit_pairs")
    lines = ran.stderr.replace("\r", "\n").splitlines()
    noise = [line for line in lines if not line.strip().startswith(ours)]
    assert "".join(noise).strip() == ""
    for word in ("TensorFlow", "absl", "Warning", "WARNING"):
        assert word not in ran.stdout


def test_results_hold_what_was_promised(results):
    for measure in ("T", "u", "s", "H"):
        assert 0.0 <= results[measure] <= 100.0
        assert 0.0 <= results["uncalibrated"][measure] <= 100.0
    assert results["T"] > 50.0  # 10 classes: chance is 10
    assert results["dataset"] == "digit_pairs"
    assert results["method"] == "aspn" and results["seed"] == 0
    assert "partitions of trainval" in results["selection"]
    assert results["setting"]["epoch"] in (0, 1, 2)
    assert results["parameters"] > 10**4
    assert len(results["data_fingerprint"]) == 64
    assert {"tensorflow", "keras", "python", "aspn_tf"} <= set(
        results["versions"]
    )
    assert all(seconds > 0 for seconds in results["seconds"].values())


def test_per_class_accuracies_average_to_the_measures(results):
    sizes = {"T": 10, "u": 10, "s": 40}
    for measure, size in sizes.items():
        rates = results["per_class"][measure]
        assert len(rates) == size
        assert np.mean(list(rates.values())) == pytest.approx(results[measure])
    u, s = results["u"], results["s"]
    assert results["H"] == pytest.approx(2 * u * s / (u + s))


def test_the_run_directory_holds_what_was_promised(home, ran):
    here = home / "first/run"
    assert (here / "config.flags").is_file()
    assert (here / "model/saved_model.pb").is_file()
    assert list(here.glob("checkpoints/*.index"))
    assert list(here.rglob("events.out.tfevents.*"))


@pytest.mark.slow
def test_one_seed_gives_identical_numbers_from_config_flags(home, results):
    # The second run happens in this process and starts from the first's
    # config.flags: neither the process nor the way to the config may matter.
    lines = (home / "first/run/config.flags").read_text().splitlines()
    typed = dict(line.removeprefix("--").split("=", 1) for line in lines)
    config = Config(
        data_dir=str(home / typed["data_dir"]), exclude=typed["exclude"]
    ).with_settings(
        epochs=int(typed["aspn.epochs"]),
        hidden_width=int(typed["aspn.hidden_width"]),
    )
    benchmark = run.load(config)
    again = run.run_seed(config, benchmark, home / "second")
    measured = ("T", "u", "s", "H", "uncalibrated", "calibration", "per_class")
    for name in (*measured, "setting", "validation", "data_fingerprint"):
        assert again[name] == results[name], name


def test_a_run_leaves_its_pictures(home, ran):
    pictures = {path.stem for path in (home / "first/run").glob("*.png")}
    assert pictures == {
        "confusion_unseen",
        "confusion_all",
        "per_class",
        "seen_unseen_curve",
        "prototypes_unseen",
    }


def test_an_existing_run_directory_is_refused_at_once(home, ran, monkeypatch):
    monkeypatch.delattr(run, "loaded")
    before = (home / "first/run/results.json").read_bytes()
    with pytest.raises(InputError, match="whose run has ended"):
        run.run(Config(run_dir=str(home / "first/run")))
    assert (home / "first/run/results.json").read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dataset": "cub", "download": False}, "CUB/res101.mat must be in"),
        ({"dataset": "cub", "manual_dir": "nowhere"}, "nowhere"),
        ({"dataset": "xlsa17", "manual_dir": "."}, "`--name` must"),
        ({"name": "mine"}, "`--name` must .*xlsa17"),
        ({"manual_dir": "."}, "`--manual_dir` must .*digit_pairs"),
        ({"semantics": "sent"}, "`--semantics` must .*digit_pairs"),
        ({"exclude": "47,nobody"}, "nobody"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_flags_that_do_not_fit_the_data_are_refused_and_leave_nothing(
    home, tmp_path, changes, said
):
    run_dir = tmp_path / "run"
    config = Config(
        data_dir=str(home / "data"), run_dir=str(run_dir), **changes
    )
    with pytest.raises(InputError, match=said) as refusal:
        run.run(config)
    assert "\n" not in str(refusal.value)
    assert not run_dir.exists()


@pytest.mark.parametrize(
    "words",
    [["--aspn.epochs=-1"], ["--no_such_flag=1"], ["cub"], ["--dataset=x"]],
)
def test_a_wrong_flag_ends_with_one_sentence_and_code_2(tmp_path, words):
    done = command(*words, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("aspn_tf: ")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_where_there_is_no_validation_partition_the_advice_works(
    tiny, tmp_path
):
    lone = dataclasses.replace(
        tiny, val_unseen=tiny.val_unseen[:0], val_seen_rows=np.zeros(0, int)
    )
    config = Config(method="sae", selection="last", partitions=1)
    config = config.with_settings(encoder_weight=1.0)
    with pytest.raises(InputError, match="--calibration=false") as refusal:
        run.run_seed(config, lone, tmp_path)
    assert "--selection=last" in str(refusal.value)
    advised = config.replace(calibration=False)
    content = run.run_seed(advised, lone, tmp_path)
    assert content["validation"] is None and 0.0 <= content["H"] <= 100.0
