"""Wire is what a player asks of a connection; the tests' own and the port's both are one."""

from __future__ import annotations

from producer_parts import Stage, virtual
from producer_wires import FakeConnection

from producer.ports.playing import FrameWire
from producer.sessions.player import Wire


@virtual
async def test_every_wire_takes_frames_until_it_is_cut() -> None:
    stage, connection = Stage(1), FakeConnection()
    wires: list[Wire] = [stage.wire, FrameWire(connection.real)]
    for wire in wires:
        await wire.send(b"frame")
        wire.abort()
    assert [frame for _, frame in stage.frames] == connection.sent == [b"frame"]
    assert stage.wire.aborted and connection.transport.aborted
