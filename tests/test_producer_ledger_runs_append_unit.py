"""append stores runs that continue the prefix, and predictions reads them back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from databases import KINDS, fresh_database
from ledger_parts import OTHER, SENT_NS, SESSION, Script, connected, novelty_of, record, set_of
from sqlalchemy import Connection, select, update

from producer.ledger.records import Skip, StoredPredictions
from producer.ledger.runs import append, predictions, skips_of
from producer.ledger.sessions import create, kept, resume
from producer.ledger.tables import runs, sessions, skips
from shared.errors import StateError
from shared.reports import ProducerWire


@pytest.fixture(name="connection", params=KINDS)
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """A connection to an empty ledger of each kind."""
    with fresh_database(request.param, tmp_path) as url, connected(url) as connection:
        yield connection


def _read(connection: Connection, first: int = 0, limit: int | None = None) -> StoredPredictions:
    return predictions(connection, SESSION, first=first, limit=limit)


def _everything(connection: Connection) -> list[object]:
    return [connection.execute(select(table)).all() for table in (sessions, runs, skips)]


@pytest.fixture(name="script")
def begin(connection: Connection) -> Script:
    """The runs of a session that was just made."""
    create(connection, record())
    return Script()


def test_runs_are_read_back_in_order_with_their_types(
    connection: Connection, script: Script
) -> None:
    append(connection, script.run([0, -1]))
    append(connection, script.run([999]))
    stored = _read(connection)
    assert stored.labels.tolist() == [0, -1, 999]
    assert stored.confidences.tolist() == [0.5, 0.0, 0.5]
    assert stored.positions.tolist() == [0, 1, 2]
    assert stored.sent_ns.tolist() == [SENT_NS, SENT_NS + 1, SENT_NS + 2]
    assert stored.reasons == {1: "too-large"}
    kinds = (stored.labels, stored.confidences, stored.positions, stored.sent_ns)
    assert [str(part.dtype) for part in kinds] == ["int16", "float32", "int64", "int64"]
    assert (stored.first, stored.unclassified) == (0, 1)


def test_a_run_moves_what_the_session_says_of_itself(
    connection: Connection, script: Script
) -> None:
    append(connection, script.run([0, -1], Skip(1, 2)))
    found = kept(connection, SESSION)
    assert (found.stored, found.unclassified, found.skipped) == (2, 1, 2)
    assert (found.digest, found.wire) == (script.digest, ProducerWire(frames=2, connections=1))


def test_a_session_without_runs_has_no_predictions(connection: Connection) -> None:
    stored = _read(connection)
    assert [len(part) for part in (stored.labels, stored.confidences, stored.reasons)] == [0, 0, 0]
    assert [len(part) for part in (stored.positions, stored.sent_ns)] == [0, 0]


def test_a_part_may_begin_and_end_within_a_run(connection: Connection, script: Script) -> None:
    for first in range(0, 40, 5):
        append(connection, script.run([-1 if k % 3 else k for k in range(first, first + 5)]))
    whole = _read(connection)
    for first, limit in [(0, 1), (4, 2), (7, 21), (5, 5), (39, 10), (40, 5), (3, None), (50, None)]:
        part = _read(connection, first, limit)
        end = None if limit is None else first + limit
        assert part.first == first
        for name in ("labels", "confidences", "positions", "sent_ns"):
            assert getattr(part, name).tolist() == getattr(whole, name)[first:end].tolist()
        places = range(first, first + len(part.labels))
        assert part.reasons == {k: whole.reasons[k] for k in places if k in whole.reasons}


def test_the_longest_runs_are_found_from_their_last_frame(
    connection: Connection, script: Script
) -> None:
    for _ in range(3):
        append(connection, script.run([1] * 255 + [2]))
    assert _read(connection, 255, 2).labels.tolist() == [2, 1]
    assert _read(connection, 511, 1).labels.tolist() == [2]


def test_positions_leave_out_what_was_skipped(connection: Connection, script: Script) -> None:
    append(connection, script.run([0, 1, 2], Skip(0, 2), Skip(3, 1)))
    append(connection, script.run([0, 1], Skip(6, 10)))
    assert _read(connection).positions.tolist() == [2, 4, 5, 16, 17]
    assert _read(connection, 2, 2).positions.tolist() == [5, 16]
    assert skips_of(connection, SESSION) == [Skip(0, 2), Skip(3, 1), Skip(6, 10)]


def test_a_run_that_does_not_continue_the_prefix_is_refused_and_not_stored(
    connection: Connection, script: Script
) -> None:
    append(connection, script.run([1, 2]))
    before = _everything(connection)
    others = [Script(), Script(), Script(epoch=2), Script(OTHER)]
    for other, ahead in zip(others, (1, 3, 2, 2), strict=True):
        other.run([0] * ahead)
        with pytest.raises(StateError, match="run does not continue the stored frames in session"):
            append(connection, other.run([1], Skip(ahead, 1)))
        assert _everything(connection) == before


def test_the_same_run_again_is_no_error_and_changes_nothing(
    connection: Connection, script: Script
) -> None:
    first, second = script.run([1, 2], Skip(0, 1)), script.run([0])
    append(connection, first)
    append(connection, second)
    resume(connection, SESSION, 1, claim="a" * 16)
    before = _everything(connection)
    for run in (first, second):
        append(connection, run)
    assert _everything(connection) == before


@pytest.mark.parametrize("labels", [[1, 1], [1], [1, 2, 0]])
def test_another_run_in_the_place_of_one_is_refused(
    connection: Connection, script: Script, labels: list[int]
) -> None:
    append(connection, script.run([1, 2]))
    with pytest.raises(StateError, match="got frames from 0"):
        append(connection, Script().run(labels))


def test_what_was_resumed_refuses_the_epoch_before(connection: Connection, script: Script) -> None:
    append(connection, script.run([1, 2]))
    resume(connection, SESSION, 1, claim="a" * 16)
    with pytest.raises(StateError, match="epoch 1: got frames from 2"):
        append(connection, script.run([0]))


def test_times_that_an_earlier_version_did_not_store_are_zero(
    connection: Connection, script: Script
) -> None:
    append(connection, script.run([1, 2]))
    connection.execute(update(runs).values(sent_ns=None))
    append(connection, script.run([0]))
    assert _read(connection).sent_ns.tolist() == [0, 0, SENT_NS + 2]


def test_doubt_is_read_back_with_its_types(connection: Connection) -> None:
    create(connection, record())
    script = Script(doubts=True)
    append(connection, script.run([0, -1]))
    append(connection, script.run([2, 999]))
    stored = _read(connection)
    assert stored.sets is not None and stored.novelties is not None
    assert stored.sets.members() == [(0,), (), (0, 1, 2), set_of(999)]
    assert stored.novelties[:3].tolist() == [0.0, 0.0, novelty_of(2)]
    assert str(stored.novelties.dtype) == "float32"
    assert stored.claims.has_doubt and stored.claims.sets is stored.sets


def test_a_part_of_it_may_begin_and_end_within_a_run(connection: Connection) -> None:
    create(connection, record())
    script = Script(doubts=True)
    for first in range(0, 20, 5):
        append(connection, script.run([-1 if k % 3 else k % 4 for k in range(first, first + 5)]))
    whole = _read(connection)
    assert whole.sets is not None and whole.novelties is not None
    for first, limit in [(0, 1), (4, 2), (7, 21), (19, 10), (3, None)]:
        part = _read(connection, first, limit)
        assert part.sets is not None and part.novelties is not None
        end = None if limit is None else first + limit
        assert part.sets.members() == whole.sets.members()[first:end]
        assert part.novelties.tolist() == whole.novelties.tolist()[first:end]


def test_of_a_model_that_says_nothing_there_is_no_doubt(
    connection: Connection, script: Script
) -> None:
    assert (_read(connection).sets, _read(connection).novelties) == (None, None)
    append(connection, script.run([0, -1]))
    stored = _read(connection)
    assert (stored.sets, stored.novelties, stored.claims.has_doubt) == (None, None, False)


def test_runs_with_and_without_doubt_make_one(connection: Connection, script: Script) -> None:
    append(connection, script.run([0, 1]))
    script.doubts = True
    append(connection, script.run([9, -1]))
    script.doubts = False
    append(connection, script.run([2]))
    stored = _read(connection)
    assert stored.sets is not None and stored.novelties is not None
    assert stored.sets.sizes().tolist() == [0, 0, 10, 0, 0]
    assert np.isnan(stored.novelties).tolist() == [True, True, False, False, True]
