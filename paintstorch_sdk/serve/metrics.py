"""Counters of the server, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.13, 0.2, 0.35, 0.6, 1.0, 2.0, 5.0, 10.0, 30.0)


class Metrics:
    """The metrics of one application, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "pts_requests", "Answers by route and status.", ("method", "route", "status"), registry=self.registry
        )
        self.request_seconds = Histogram(
            "pts_request_seconds", "Time to answer.", ("route",), buckets=_SECONDS, registry=self.registry
        )
        self.render_seconds = Histogram(
            "pts_render_seconds", "Time to paint.", ("kind",), buckets=_SECONDS, registry=self.registry
        )
        self.waited = Histogram("pts_queue_seconds", "Time in the queue.", buckets=_SECONDS, registry=self.registry)
        self.waiting = Gauge("pts_queue_length", "Renders that wait.", registry=self.registry)
        self.dropped = Counter("pts_renders_dropped", "Renders that newer ones replaced.", registry=self.registry)
        self.refused = Counter("pts_renders_refused", "Renders refused: the queue was full.", registry=self.registry)
        self.open_sockets = 0
        sockets = Gauge("pts_sockets", "Open WebSockets.", registry=self.registry)
        sockets.set_function(lambda: self.open_sockets)
        self.canvases = Gauge("pts_canvases", "Drawings encoded in memory.", registry=self.registry)
        self.strokes = Counter("pts_strokes", "Strokes that were stored.", registry=self.registry)

    def page(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)
