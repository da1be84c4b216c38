"""judge: what is wrong with the producer at one moment, the gravest first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from producer.vitals import IDLE_S, STALL_S, Health, Snapshot, Status, WriterPulse, judge

WELL = WriterPulse(alive=True, waiting_s=0.0, quiet_s=3600.0)
HELD = WriterPulse(alive=True, waiting_s=12.4, quiet_s=12.4)
SICK = WriterPulse(alive=True, waiting_s=3.0, quiet_s=0.5, failing="disk is full")
GONE = WriterPulse(alive=False, waiting_s=0.0, quiet_s=0.0)

DEAD = "the ledger's writer thread has died"
STALLED = "the ledger's writer has completed nothing for 12 s while operations wait"
DEGRADED = "the ledger's database fails: disk is full"
STOPPING = "the producer was told to stop"
LIVE = {"0123456789abcdef": 0.0, "fedcba9876543210": 0.0, "00000000deadbeef": 4.9}


@pytest.mark.parametrize(
    ("writer", "stopping", "status", "reasons"),
    [
        (WELL, False, "ok", ()),
        (WELL, True, "stopping", (STOPPING,)),
        (HELD, False, "stalled", (STALLED,)),
        (HELD, True, "stalled", (STALLED, STOPPING)),
        (SICK, False, "degraded", (DEGRADED,)),
        (SICK, True, "degraded", (DEGRADED, STOPPING)),
        (replace(HELD, failing="disk is full"), False, "stalled", (STALLED, DEGRADED)),
        (GONE, False, "dead", (DEAD,)),
        (GONE, True, "dead", (DEAD, STOPPING)),
        (WriterPulse(alive=False, waiting_s=12.4, quiet_s=99.0), False, "dead", (DEAD, STALLED)),
    ],
)
def test_the_gravest_finding_is_the_status_and_all_are_told(
    writer: WriterPulse, stopping: bool, status: Status, reasons: tuple[str, ...]
) -> None:
    assert judge(Snapshot(writer, LIVE, stopping)) == Health(status, 3, reasons)


@pytest.mark.parametrize(
    ("waiting_s", "quiet_s", "status"),
    [
        (STALL_S, STALL_S, "ok"),
        (STALL_S + 0.1, STALL_S + 0.1, "stalled"),
        (60.0, STALL_S + 0.1, "stalled"),
        # Others are completed meanwhile, or it was long idle before.
        (60.0, 0.1, "ok"),
        (0.1, 60.0, "ok"),
    ],
)
def test_a_writer_stalls_only_while_something_waits_and_nothing_is_completed(
    waiting_s: float, quiet_s: float, status: Status
) -> None:
    assert STALL_S == 10.0
    assert judge(Snapshot(WriterPulse(True, waiting_s, quiet_s), {}, False)).status == status


def test_every_session_that_could_send_and_does_not_is_named() -> None:
    assert IDLE_S == 10.0
    idle_s = {"0123456789abcdef": 10.0, "fedcba9876543210": 10.6, "00000000deadbeef": 99.0}
    assert judge(Snapshot(WELL, idle_s, False)) == Health(
        "stalled",
        3,
        (
            "session fedcba9876543210 has sent nothing for 11 s while a frame is due",
            "session 00000000deadbeef has sent nothing for 99 s while a frame is due",
        ),
    )


def test_a_session_that_stalls_is_told_between_the_ledger_and_the_stop() -> None:
    health = judge(Snapshot(GONE, {"0123456789abcdef": 12.0}, True))
    idle = "session 0123456789abcdef has sent nothing for 12 s while a frame is due"
    assert health == Health("dead", 1, (DEAD, idle, STOPPING))


@pytest.mark.parametrize("status", ["ok", "stopping", "degraded", "stalled", "dead"])
def test_only_who_is_well_serves(status: Status) -> None:
    health = Health(status, 2, ("why",))
    assert health.serves == (status == "ok")
    assert health.document() == {"status": status, "sessions": 2, "reasons": ["why"]}
