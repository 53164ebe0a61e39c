"""From flags to a server that runs."""

import pathlib
import socket
import sys

import uvicorn

from aspn_tf.errors import InputError, refuse_absent, refuse_below_one
from aspn_tf.serving import loaded
from aspn_tf.web import app
from aspn_tf.web.senses import Senses

PORTS = 65535


def serve(
    model,
    host,
    port,
    token,
    max_rows,
    max_megabytes,
    backbone="",
    weights="",
    encoder="",
):
    """Serves a model until it is interrupted.

    Where the model is of pictures or of words, and what turned them into
    numbers cannot be had, a line on stderr tells so.

    Args:
      model: directory of the SavedModel.
      host: address to listen at.
      port: port to listen at; 0 for one that is free.
      token: what requests must carry; empty: nothing; "@FILE" for what a file
        holds.
      max_rows: examples of one request.
      max_megabytes: of one request's body.
      backbone: where the model's backbone is now, or "".
      weights: file of its weights, or "".
      encoder: where the model's encoder is now, or "".

    Raises:
      InputError: a value cannot be used, or the port is taken.
    """
    refuse_below_one(max_rows=max_rows, max_megabytes=max_megabytes)
    refuse_absent(model=model)
    secret = _secret(token)
    with _socket(host, port) as taken:
        servant = loaded.load(model)
        senses = Senses(servant, backbone, weights, encoder, _say)
        made = app.make(servant, secret, max_rows, max_megabytes << 20, senses)
        address = "{}:{}".format(*taken.getsockname()[:2])
        print(f"serving {model} at http://{address}, API at /docs", flush=True)
        config = uvicorn.Config(made, log_level="warning")
        uvicorn.Server(config).run([taken])


def _say(sentence):
    print(f"aspn_tf: {sentence}", file=sys.stderr, flush=True)


def _secret(token):
    """The token itself, or what its file holds."""
    if not token.startswith("@"):
        return token
    try:
        secret = pathlib.Path(token[1:]).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"`--token` must name a file that can be read. Received: {token} "
            f"({error})"
        ) from error
    if not secret:
        raise InputError(
            f"`--token` must name a file with a token. Received: {token}, "
            "which is empty"
        )
    return secret


def _socket(host, port):
    """A socket that listens there."""
    if not 0 <= port <= PORTS:
        raise InputError(f"`--port` must be 0 to {PORTS}. Received: {port}")
    try:
        (family, kind, protocol, _, address), *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )
        # With its protocol named: else asyncio leaves Nagle's algorithm on,
        # and an answer waits 40 ms for the client to acknowledge its head.
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen()
        except OSError:
            listening.close()
            raise
        return listening
    except OSError as error:
        raise InputError(
            "`--host` and `--port` must be free to listen at. Received: "
            f"{host}:{port} ({error.strerror or error})"
        ) from error
