"""Rows a second of `aspn_tf.predict` beside the plain products.

Makes a model of random data and a file of random rows, and times, each in a
process of its own and after a warm-up, over the same file in the same batches:

- product: features @ prototypes.T, in NumPy; with a semantic share
  decoded_product: features @ square matrix, and that @ prototypes.T and through
  the two matrices of a decoder;
- predict: reads, checks, scores, ranks and writes CSV.

Beside each, the peak resident set with all rows and with a tenth of them.

    python benchmarks/serving_throughput.py --rows=1000000
"""

import argparse
import multiprocessing
import pathlib
import tempfile
import time

import numpy as np

TOP_K = 5
SEMANTICS_WIDTH = 85
HIDDEN_WIDTH = 1800  # of the decoder


def main():
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--width", type=int, default=2048)
    parser.add_argument("--classes", type=int, default=50)
    parser.add_argument("--batch_size", type=int, default=8192)
    parser.add_argument("--method", default="aspn")
    parser.add_argument("--share", type=float, default=0.0)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        measure(pathlib.Path(place), arguments)


def measure(place, arguments):
    """Times every job `repeats` times in turn and prints the best."""
    make_rows(place / "all.npy", arguments.rows, arguments.width)
    make_rows(place / "tenth.npy", arguments.rows // 10, arguments.width)
    make_rows(place / "warm.npy", arguments.batch_size, arguments.width)
    apart(make_model, place, arguments)
    jobs = [decoded_product if arguments.share else product, predict]
    peaks = {
        job: apart(job, place, "tenth", arguments.batch_size)[1] for job in jobs
    }
    seconds = {job: [] for job in jobs}
    full_peaks = {}
    for _ in range(arguments.repeats):
        for job in jobs:
            spent, full_peaks[job] = apart(
                job, place, "all", arguments.batch_size
            )
            seconds[job].append(spent)
    print(
        f"{arguments.rows} rows of {arguments.width}, {arguments.classes} "
        f"classes, batches of {arguments.batch_size}, {arguments.method}, "
        f"semantic share {arguments.share}"
    )
    for job in jobs:
        rate = arguments.rows / min(seconds[job])
        share = min(seconds[job]) / min(seconds[predict])
        print(
            f"{job.__name__:18}{rate:10.0f} rows/s; predict is at "
            f"{100 / share if share > 1 else 100 * share:4.0f} % of it; peak "
            f"{full_peaks[job]:.0f} MB, {peaks[job]:.0f} with a tenth"
        )


def make_rows(path, count, width):
    """Fills a memory-mapped file with standard normal numbers."""
    rows = np.lib.format.open_memmap(path, "w+", np.float32, (count, width))
    random = np.random.default_rng(0)
    for start in range(0, count, 4096):
        part = rows[start : start + 4096]
        part[:] = random.standard_normal(part.shape, np.float32)


def make_model(place, arguments):
    """Trains one round on noise and exports."""
    from aspn_tf.data.benchmark import Benchmark, Split
    from aspn_tf.methods import registry
    from aspn_tf.serving import export

    random = np.random.default_rng(0)
    count, width = arguments.classes, arguments.width

    def split(classes):
        labels = np.repeat(classes, 20)
        shape = len(labels), width
        return Split(random.standard_normal(shape, np.float32), labels)

    seen, unseen = np.arange(count - 10), np.arange(count - 10, count)
    benchmark = Benchmark(
        name="noise",
        class_names=tuple(f"class {row}" for row in range(count)),
        semantics=random.standard_normal((count, SEMANTICS_WIDTH), np.float32),
        seen=seen,
        unseen=unseen,
        train=split(seen),
        test_seen=split(seen),
        test_unseen=split(unseen),
        fingerprint="noise",
    )
    method = registry.build(arguments.method, benchmark.training())
    setting = method.rounds()[0]
    method.advance(setting)
    if arguments.share:
        setting = {**setting, "semantic_share": arguments.share}
    method.use(setting)
    export.save(place / "model", method, benchmark, [], {}, 0.05, 0.05)
    prototypes = method.abilities()["prototypes"](benchmark.semantics)
    np.save(place / "prototypes.npy", prototypes)


def product(place, name, batch_size):
    """Reads a file and multiplies every row by all prototypes."""
    prototypes = np.load(place / "prototypes.npy")
    _multiply(place, name, batch_size, lambda rows: rows @ prototypes.T)


def decoded_product(place, name, batch_size):
    """Whitens, decodes to semantics, and multiplies by all classes."""
    prototypes = np.load(place / "prototypes.npy")
    count, width = prototypes.shape
    square = np.eye(width, dtype=np.float32)
    hidden = np.ones((width, HIDDEN_WIDTH), np.float32)
    out = np.ones((HIDDEN_WIDTH, SEMANTICS_WIDTH), np.float32)
    classes = np.ones((SEMANTICS_WIDTH, count), np.float32)

    def score(rows):
        white = rows @ square
        decoded = np.maximum(white @ hidden, 0.0) @ out
        return white @ prototypes.T + decoded @ classes

    _multiply(place, name, batch_size, score)


def predict(place, name, batch_size):
    """What the user runs."""
    from aspn_tf.serving import predicting

    predicting.predict(
        model=str(place / "model"),
        features=str(place / f"{name}.npy"),
        semantics="",
        class_names="",
        output=str(place / f"{time.time_ns()}.csv"),
        top_k=TOP_K,
        batch_size=batch_size,
    )


def _multiply(place, name, batch_size, score):
    count = len(np.load(place / f"{name}.npy", mmap_mode="r"))
    for start in range(0, count, batch_size):
        mapped = np.load(place / f"{name}.npy", mmap_mode="r")
        score(mapped[start : start + batch_size])


def apart(job, *arguments):
    """Runs a job in a new process; its (seconds, peak megabytes)."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_timed, (job, arguments))


def _timed(job, arguments):
    if job is not make_model:
        job(arguments[0], "warm", arguments[2])
    start = time.perf_counter()
    job(*arguments)
    spent = time.perf_counter() - start
    status = pathlib.Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0])
    return spent, peak / 1024


if __name__ == "__main__":
    main()
