"""Flags that contradict each other are refused before anything starts."""

import os
import pathlib
import subprocess
import sys

import pytest

from aspn_tf import contradictions
from aspn_tf.config import Config
from aspn_tf.errors import InputError
from aspn_tf.methods import registry
from aspn_tf.pictures import making
from aspn_tf.runs import comparison, run, study, tune
from aspn_tf.runs import directory as directories
from aspn_tf.serving import predicting

ROOT = pathlib.Path(__file__).parents[1]
PAIRS = [  # flags, and the one that the sentence begins with
    ({"export": "model", "seeds": 2}, "export"),
    ({"export": "model", "tune": 3}, "export"),
    ({"export": "run", "run_dir": "run"}, "export"),
    ({"export": "run/model", "run_dir": "run"}, "export"),
    ({"export": "runs", "run_dir": "runs/mine"}, "export"),
    ({"export": "./run/../run/x", "run_dir": "run"}, "export"),
    ({"tune": 3, "selection": "test"}, "tune"),
    ({"tune": 3, "selection": "last"}, "tune"),
    ({"tune": 3, "budget": 2.0}, "tune"),
    ({"tune": 3, "partitions": 2}, "tune"),
    ({"partitions": 2, "selection": "test"}, "partitions"),
    ({"distribute": "mirrored", "method": "eszsl"}, "distribute"),
    ({"distribute": "multiworker", "method": "gazsl"}, "distribute"),
    ({"distribute": "mirrored", "tune": 3}, "distribute"),
    ({"distribute": "mirrored", "stream": True}, "distribute"),
    ({"stream": True, "method": "gdan"}, "stream"),
    ({"distribute": "mirrored", "precision": "mixed_float16"}, "distribute"),
    (
        {"partitions": 2, "selection": "last", "calibration": False},
        "partitions",
    ),
    ({"selection": "last", "method": "eszsl"}, "selection=last"),
]
TOGETHER = [
    {"export": "model", "run_dir": "run"},
    {"export": "run2", "run_dir": "run"},
    {"tune": 3, "seeds": 2, "run_dir": "run"},
    {"partitions": 2, "selection": "last"},
    {"budget": 2.0, "selection": "test"},
    {"seeds": 3, "run_dir": "run"},
    {"distribute": "multiworker", "method": "clswgan", "seeds": 2},
    {"stream": True, "method": "eszsl"},
    {"selection": "last", "method": "cosmo"},
]


def name(flags):
    if isinstance(flags, str):
        return flags
    return ",".join(f"{key}={value}" for key, value in flags.items())


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """Nothing is loaded, and nothing written."""

    def loaded(_):
        raise AssertionError("data were loaded")

    for module in (run, study):
        monkeypatch.setattr(module, "load", loaded)
    monkeypatch.setattr(run, "loaded", loaded)
    monkeypatch.chdir(tmp_path)
    yield
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("flags, first", PAIRS, ids=name)
def test_a_pair_is_refused(flags, first):
    main = tune.run if "tune" in flags else run.run
    with pytest.raises(InputError, match=f"^`--{first}` must") as error:
        main(Config(**flags))
    for flag in flags:
        assert f"--{flag}" in str(error.value)
    assert "Received: " in str(error.value)
    with pytest.raises(InputError):
        directories.check(Config(**flags))


@pytest.mark.parametrize("flags", TOGETHER, ids=name)
def test_what_goes_together_is_taken(flags):
    contradictions.refuse(Config(**flags))


@pytest.mark.parametrize(
    "method, loose, fixed",
    [
        ("eszsl", {"feature_ridge": 1.0}, {"semantic_ridge": 1.0}),
        ("sae", {}, {"encoder_weight": 1.0}),
        ("sync", {"kernel_scale": 1.0}, {"regulariser": 1.0}),
        ("cosmo", {"expert": "eszsl"}, {"expert": "zlap"}),
    ],
)
def test_the_last_point_of_a_grid_is_refused(method, loose, fixed):
    config = Config(method=method, selection="last").with_settings(**loose)
    with pytest.raises(InputError, match=f"--method={method}, whose"):
        contradictions.refuse(config)
    contradictions.refuse(config.with_settings(**fixed))


@pytest.mark.parametrize(
    "flags, first",
    [
        ({"tune": 3}, "tune"),
        ({"export": "model"}, "export"),
        ({"distribute": "mirrored"}, "distribute"),
    ],
    ids=name,
)
def test_a_study_has_no_such_flags(flags, first):
    with pytest.raises(InputError, match=f"`--{first}` must"):
        comparison.main(Config(**flags), "eszsl")


@pytest.mark.parametrize("jobs", [0, -1, (os.cpu_count() or 1) + 1])
def test_a_study_has_as_many_jobs_as_cores(jobs):
    with pytest.raises(InputError, match="`--jobs` must be 1 to"):
        comparison.main(Config(), "eszsl", jobs)


@pytest.mark.parametrize(
    "config, methods",
    [
        (Config(method="sae"), "sae"),
        (Config(reading="literal"), "sae,eszsl"),
    ],
)
def test_a_comparison_has_its_own_flag_of_methods(config, methods):
    with pytest.raises(InputError, match="--method"):
        comparison.main(config, methods)


PREDICT = {"model": "m", "features": "f.npy", "output": "a.csv"}
PREDICT |= {"semantics": "", "class_names": "", "top_k": 1, "batch_size": 1}


@pytest.mark.parametrize(
    "flags, first",
    [
        ({"images": "p.png"}, "images"),
        ({"features": ""}, "features"),
        ({"class_names": "names.txt"}, "class_names"),
        ({"backbone": "pixels"}, "backbone"),
        ({"weights": "w.h5"}, "weights"),
    ],
    ids=name,
)
def test_predict_is_given_one_kind_of_rows(flags, first):
    with pytest.raises(InputError, match=f"`--{first}` must"):
        predicting.predict(**{**PREDICT, **flags})


PREPARE = {"images": "in", "classes": "c.csv", "output": "X", "weights": ""}
PREPARE |= {"backbone": "pixels", "image_size": "6,6", "encoder": "words"}
PREPARE |= {"unseen": "", "strict": False, "test_share": 0.2}
PREPARE |= {"batch_size": 1, "seed": 0}


@pytest.mark.parametrize(
    "flags",
    [{"weights": "w.h5"}, {"images": ""}, {"image_size": "6"}],
    ids=name,
)
def test_prepare_refuses_what_its_backbone_has_not(flags):
    with pytest.raises(InputError, match=f"`--{[*flags][0]}` must"):
        making.make(**{**PREPARE, **flags})


def test_a_token_file_must_be_readable():
    server = pytest.importorskip("aspn_tf.web.server")
    with pytest.raises(InputError, match="`--token` must name a file"):
        server._secret("@nowhere")


def test_a_command_refuses_before_tensorflow_is_there():
    words = ["--export=model", "--tune=3"]
    code = """
import sys
sys.argv[0] = "main"
import runpy
try:
    runpy.run_module("aspn_tf.main", run_name="__main__")
finally:
    print("tensorflow" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, done.stdout) == (2, "False\n"), done.stderr
    assert done.stderr.startswith("aspn_tf: `--export` must come with --tune=0")
    assert done.stderr.count("\n") == 1


def test_the_readings_do_not_contradict_themselves():
    for method in registry.METHODS:
        for reading in registry.settings_class(method).READINGS:
            config = Config(method=method)
            contradictions.refuse(config.read_as(reading))
