"""Bodies of bounded size, and requests that are counted: ASGI middleware."""

import time

from starlette.responses import JSONResponse

ELSEWHERE = "(none)"  # the route of what no route serves


class Limited:
    """Refuses a body that is too long before it is read to its end.

    Args:
      app: the ASGI application inside.
      max_bytes: of a body.
      metrics: the `Metrics` that count.
    """

    def __init__(self, app, max_bytes, metrics):
        self._app, self._most, self._metrics = app, max_bytes, metrics

    async def __call__(self, scope, receive, send):
        """Serves a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def sent(message):
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            body = await self._read(scope, receive)
            if body is None:
                refusal = JSONResponse(
                    {
                        "detail": "A body must be at most "
                        f"{self._most} bytes. Received: more"
                    },
                    413,
                )
                await refusal(scope, receive, sent)
            else:
                await self._app(scope, _again(body, receive), sent)
        finally:
            route = getattr(scope.get("route"), "path", ELSEWHERE)
            spent = time.perf_counter() - started
            self._metrics.request(route, scope["method"], status, spent)

    async def _read(self, scope, receive):
        """The body, or None where it is too long."""
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if not told.isdigit() or int(told) > self._most:
            return None
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > self._most:
                return None
            if not message.get("more_body"):
                return bytes(body)


def _again(body, receive):
    """A `receive` that gives the body that was read, then what follows."""
    given = False

    async def receive_again():
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
