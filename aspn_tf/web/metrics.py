"""What the server counts."""

import prometheus_client as prometheus


class Metrics:
    """Counters of one server."""

    def __init__(self):
        self._registry = prometheus.CollectorRegistry()
        self._requests = prometheus.Counter(
            "aspn_tf_requests",
            "Requests by route, method and status.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = prometheus.Histogram(
            "aspn_tf_request_seconds",
            "From a request's first byte to its answer's last.",
            ("route",),
            registry=self._registry,
        )
        self._rows = prometheus.Histogram(
            "aspn_tf_batch_rows",
            "Examples scored at once.",
            buckets=[2**k for k in range(13)],
            registry=self._registry,
        )

    def batch(self, rows):
        """Notes a batch."""
        self._rows.observe(rows)

    def request(self, route, method, status, seconds):
        """Notes a request that was answered."""
        self._requests.labels(route, method, status).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self):
        """All of it in Prometheus' text format."""
        return prometheus.generate_latest(self._registry).decode()
