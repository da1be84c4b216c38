"""The producer's counters, in Prometheus' text format, and its health."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest


class Metrics:
    """What ``GET /metrics`` shows; a registry of its own, so that two producers never mix.

    Args:
        live: tells how many sessions are connected.
    """

    def __init__(self, live: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        self.sent = Counter(
            "catwalk_frames_sent", "Frames put on the wire.", registry=self._registry
        )
        self.stored = Counter(
            "catwalk_frames_stored", "Predictions committed to the ledger.", registry=self._registry
        )
        self.sessions = Counter(
            "catwalk_sessions_opened", "Sessions opened.", registry=self._registry
        )
        self.resumed = Counter(
            "catwalk_sessions_resumed",
            "Sessions that their consumers came back to.",
            registry=self._registry,
        )
        self.verdicts = Counter(
            "catwalk_verdicts",
            "Balance sheets given, by verdict.",
            ["verdict"],
            registry=self._registry,
        )
        self.refusals = Counter(
            "catwalk_refusals", "Fatal errors sent, by code.", ["code"], registry=self._registry
        )
        Gauge(
            "catwalk_sessions_live", "Sessions connected now.", registry=self._registry
        ).set_function(live)

    def render(self) -> bytes:
        """All metrics in Prometheus' text exposition format 0.0.4."""
        return generate_latest(self._registry)
