"""Metrics renders the producer's counters for Prometheus."""

from __future__ import annotations

from producer.metrics import Metrics


def _lines(metrics: Metrics) -> list[str]:
    return metrics.render().decode().splitlines()


def test_everything_starts_at_zero() -> None:
    lines = _lines(Metrics(lambda: 0))
    for name in ("frames_sent", "frames_stored", "sessions_opened"):
        assert f"catwalk_{name}_total 0.0" in lines
    assert "catwalk_sessions_live 0.0" in lines


def test_each_counter_shows_what_was_counted() -> None:
    metrics = Metrics(lambda: 3)
    metrics.sent.inc(5)
    metrics.stored.inc(4)
    metrics.sessions.inc()
    metrics.verdicts.labels("PASS").inc(2)
    metrics.refusals.labels("bad-state").inc()
    lines = _lines(metrics)
    assert "catwalk_frames_sent_total 5.0" in lines
    assert "catwalk_frames_stored_total 4.0" in lines
    assert "catwalk_sessions_opened_total 1.0" in lines
    assert 'catwalk_verdicts_total{verdict="PASS"} 2.0' in lines
    assert 'catwalk_refusals_total{code="bad-state"} 1.0' in lines


def test_live_sessions_are_asked_for_when_rendered() -> None:
    live = [1]
    metrics = Metrics(lambda: live[0])
    assert "catwalk_sessions_live 1.0" in _lines(metrics)
    live[0] = 7
    assert "catwalk_sessions_live 7.0" in _lines(metrics)


def test_two_producers_do_not_mix() -> None:
    ours, theirs = Metrics(lambda: 0), Metrics(lambda: 0)
    ours.sent.inc()
    assert "catwalk_frames_sent_total 0.0" in _lines(theirs)


def test_sessions_that_are_resumed_are_counted_apart() -> None:
    metrics = Metrics(lambda: 0)
    metrics.sessions.inc()
    metrics.resumed.inc(2)
    lines = _lines(metrics)
    assert "catwalk_sessions_opened_total 1.0" in lines
    assert "catwalk_sessions_resumed_total 2.0" in lines
