"""Requests a second and latencies of `aspn_tf.serve`, beside a bare echo.

    PYTHONPATH=. python benchmarks/http_serving.py --clients=1,8

Both servers run in processes of their own on the same machine as the clients,
one after the other; a request is one example of 2048 numbers, the echo gives
back the first of them. The model has 50 classes.
"""

import asyncio
import pathlib
import subprocess
import sys
import tempfile
import time

import httpx
import numpy as np
from absl import app, flags, logging

from aspn_tf import ZeroShotClassifier

CLIENTS = flags.DEFINE_list("clients", ["1", "8"], "How many at once.")
SECONDS = flags.DEFINE_float("seconds", 5.0, "Of each measurement.")
WIDTH, CLASSES = 2048, 50
ECHO = """
import fastapi, socket, uvicorn
from pydantic import BaseModel
class Body(BaseModel):
    features: list[list[float]]
app = fastapi.FastAPI()
@app.post("/classify")
async def classify(body: Body):
    return {"answers": [row[0] for row in body.features]}
taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
taken.bind(("127.0.0.1", 0))
taken.listen()
print("echo at http://127.0.0.1:%d," % taken.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run([taken])
"""


def main(_):
    """Prints a line a server and number of clients."""
    logging.set_verbosity(logging.WARNING)
    with tempfile.TemporaryDirectory() as place:
        model = pathlib.Path(place) / "model"
        save(model)
        served = ["-m", "aspn_tf.serve", f"--model={model}", "--port=0"]
        print("| server | clients | requests/s | p50, ms | p99, ms |")
        print("| --- | ---: | ---: | ---: | ---: |")
        for name, words in (("echo", ["-c", ECHO]), ("aspn_tf.serve", served)):
            with subprocess.Popen(
                [sys.executable, *words], stdout=subprocess.PIPE, text=True
            ) as process:
                said = process.stdout.readline()
                address = said.split(" at ")[1].split(",")[0]
                for clients in map(int, CLIENTS.value):
                    spent = asyncio.run(measure(address, clients))
                    p50, p99 = 1000.0 * np.quantile(spent, [0.5, 0.99])
                    rate = len(spent) / SECONDS.value
                    print(
                        f"| {name} | {clients} | {rate:,.0f} | {p50:.1f} | "
                        f"{p99:.1f} |",
                        flush=True,
                    )
                process.terminate()


def save(place):
    """A model of the benchmarks' widths, of made-up data."""
    draw = np.random.default_rng(0)
    labels = np.repeat(np.arange(CLASSES), 20)
    features = draw.normal(size=(len(labels), WIDTH)) + labels[:, None]
    semantics = dict(enumerate(draw.normal(size=(CLASSES, 85))))
    ZeroShotClassifier("eszsl").fit(features, labels, semantics).save(place)


async def measure(address, clients):
    """Seconds of every request that ended in time."""
    row = np.random.default_rng(1).normal(size=(1, WIDTH)).round(4).tolist()
    end = time.perf_counter() + SECONDS.value
    spent = []

    async def ask(client):
        while (started := time.perf_counter()) < end:
            answer = await client.post("/classify", json={"features": row})
            answer.raise_for_status()
            spent.append(time.perf_counter() - started)

    async with httpx.AsyncClient(base_url=address) as client:
        await client.post("/classify", json={"features": row})  # the first
        await asyncio.gather(*(ask(client) for _ in range(clients)))
    return spent


if __name__ == "__main__":
    app.run(main)
