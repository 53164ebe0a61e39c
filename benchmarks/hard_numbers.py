"""Every method on data at the edge of what can be.

    python benchmarks/hard_numbers.py

Each is chosen, trained for a few steps, calibrated and measured as in a run.
Counted are those whose scores and measures are numbers, those that are refused
by a sentence, and those that fail; of the last there must be none. A batch has
more examples than there are, everywhere.
"""

import dataclasses
import sys

import keras
import numpy as np
import tqdm

from aspn_tf import command
from aspn_tf.config import Config
from aspn_tf.data import magnitudes, partitions
from aspn_tf.data.benchmark import Benchmark, Split
from aspn_tf.errors import InputError
from aspn_tf.evaluation.evaluator import Evaluator
from aspn_tf.methods import registry
from aspn_tf.runs import fitting
from aspn_tf.runs.monitor import Quiet

FEW = {
    **{"epochs": 1, "steps_per_epoch": 3, "episodes": 3, "iterations": 20},
    **{"prototype_epochs": 2, "cvae_epochs": 1, "refinements": 2},
    **{"hidden_width": 16, "critic_width": 16, "synthetic_per_class": 5},
    **{"real_per_class": 5, "latents_per_class": 5},
    **{"softmax_epochs": 2, "unseen_softmax_epochs": 2},
    **{"batch_size": 500, "refinement_rows": 500, "prototype_batch_size": 500},
}


def constant(values):
    """One column of 5, one of 0."""
    values[:, 0], values[:, -1] = 5.0, 0.0
    return values


def alike(semantics):
    """Seen and unseen classes that are told of alike, and by nothing."""
    semantics[1], semantics[-1], semantics[-2] = semantics[0], semantics[0], 0.0
    return semantics


CASES = {
    "as it should be": {},
    "constant columns": {"features": constant, "semantics": constant},
    "all features one number": {"features": np.ones_like},
    "classes told of alike, or by zeros": {"semantics": alike},
    "all semantics 0": {"semantics": np.zeros_like},
    "one example a class": {"of_class": 1},
    "three examples a class": {"of_class": 3},
    "classes without test rows": {"untested": True},
    "features of 1e30": {"features": lambda x: 1e30 * x},
    "features of 1e-30": {"features": lambda x: 1e-30 * x},
    "features of 1e6": {"features": lambda x: 1e6 * x},
    "features of 1e-4": {"features": lambda x: 1e-4 * x},
    "semantics of 1e30": {"semantics": lambda s: 1e30 * s},
    "semantics of 1e-30": {"semantics": lambda s: 1e-30 * s},
    "features far from 0": {"features": lambda x: 1e6 + x},
    "integers": {"features": lambda x: np.round(10.0 * x)},
    "float16": {"features": lambda x: x.astype(np.float16)},
    "no spread within classes": {"noise": 0.0},
    "d = 1": {"width": 1},
    "q = 1": {"semantics_width": 1},
    "two classes": {"classes": 2, "unseen": 1},
    "three seen classes": {"classes": 4, "unseen": 1},
    "10,000 classes": {
        **{"classes": 10_000, "unseen": 9_000, "of_class": 3, "width": 16},
        **{"semantics_width": 16, "tested": 1, "partitions": 1},
    },
}
FLAGS = (
    ("methods", ",".join(registry.METHODS), "Which, comma-separated."),
    ("cases", "", "Words in the names of cases, comma-separated; empty: all."),
)


def main(methods, cases):
    """Prints a table; exits with 1 where a method has failed."""
    words = [word.strip() for word in cases.split(",")]
    names = [name for name in CASES if any(word in name for word in words)]
    print(f"{'':36}{'numbers':>9}{'refused':>9}{'failed':>9}")
    failures = []
    for case in names:
        counts, reasons = dict.fromkeys(("numbers", "refused", "failed"), 0), {}
        for method in tqdm.tqdm(methods.split(","), case, leave=False):
            outcome, reason = outcome_of(method, **CASES[case])
            counts[outcome] += 1
            reasons.setdefault(outcome, {}).setdefault(reason, method)
            if outcome == "failed":
                failures.append(f"{case}, {method}: {reason}")
            keras.backend.clear_session()
        cells = "".join(f"{count:9}" for count in counts.values())
        print(f"{case:36}{cells}", flush=True)
        for reason, method in reasons.get("refused", {}).items():
            print(f"    {method}: {reason}", flush=True)
    print(*failures, sep="\n")
    sys.exit(bool(failures))


def outcome_of(method, partitions=0, **case):
    """How a case ends for a method, and why."""
    try:
        whole = benchmark(**case)
        magnitudes.check(whole.train.features, whole.semantics)
        kind = registry.settings_class(method)
        known = {field.name for field in dataclasses.fields(kind)}
        few = {name: FEW[name] for name in known & set(FEW)}
        own = {method: kind(**few)}
        config = Config(method=method, partitions=partitions, settings=own)
        fitted = fitting.fit(config, whole, Quiet(False))
        evaluator = Evaluator(fitted.method, whole)
        report = evaluator.report(calibration=fitted.choice.calibration)
        heads = fitted.method.heads(whole.test_unseen.features[:1000])
    except InputError as error:
        return "refused", str(error)
    except Exception as error:  # whatever it is, it is counted
        return "failed", f"{type(error).__name__}: {error}"[:300]
    found = [report.T, report.u, report.s, report.H, *heads.values()]
    if not all(np.isfinite(one).all() for one in found):
        return "failed", "NaN or infinity"
    return "numbers", ""


def benchmark(
    classes=12,
    unseen=3,
    width=6,
    semantics_width=4,
    of_class=12,
    noise=1.0,
    tested=3,
    untested=False,
    features=np.asarray,
    semantics=np.asarray,
):
    """Features that are linear in semantics, as the arguments change them."""
    draw = np.random.default_rng(7)
    described = draw.normal(size=(classes, semantics_width))
    looks = 3.0 * described @ draw.normal(size=(semantics_width, width))

    def split(own, count):
        labels = np.repeat(own, count)
        rows = looks[labels] + noise * draw.normal(size=(len(labels), width))
        return Split(features(rows).astype(np.float32), labels)

    seen = np.arange(classes - unseen)
    others = np.arange(classes - unseen, classes)
    some = int(untested)
    whole = Benchmark(
        name="hard",
        class_names=tuple(f"class {k}" for k in range(classes)),
        semantics=semantics(described).astype(np.float32),
        seen=seen,
        unseen=others,
        train=split(seen, of_class),
        test_seen=split(seen[some:], tested),
        test_unseen=split(others[some:], tested),
        fingerprint="hard",
    )
    count = partitions.count_of(whole, partitions.FOLDS)
    return partitions.dealt(whole, 0, count) if count > 1 else whole


if __name__ == "__main__":
    command.run(main, FLAGS, configured=False)
