"""Accounts: each frame is counted once, whatever is acknowledged, lost or sent again."""

from __future__ import annotations

import pytest
from consumer_parts import Seen, digest_of, recalled, results, started
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from consumer.session.accounts import Accounts, Metric
from shared.digests import NO_FRAMES
from shared.errors import StateError
from shared.messages import Recalled, Started


def resumed(following: int, *, digest: str | None = None, epoch: int = 2) -> Started:
    """The producer's word on a session whose frames have their numbers as CRC-32s."""
    content = digest_of(range(following)) if digest is None else digest
    return started(frames=1000, following=following, digest=content, epoch=epoch)


class Books:
    """Accounts with a metric that keeps what it sees."""

    def __init__(self, *sizes: int) -> None:
        self.seen = Seen()
        metrics: tuple[Metric, ...] = (self.seen,)
        self.accounts = Accounts(metrics)
        self.taken = 0
        self.take(*sizes)

    def take(self, *sizes: int) -> None:
        """Take batches of these sizes; every third frame has no label."""
        for size in sizes:
            numbers = range(self.taken, self.taken + size)
            self.accounts.take(results(self.taken, [k % 3 - 1 for k in numbers]))
            self.taken += size


def test_in_the_beginning_nothing_is_stored() -> None:
    accounts = Accounts(())
    assert (accounts.stored, accounts.classified, accounts.unclassified) == (0, 0, 0)
    assert accounts.digest == NO_FRAMES


def test_what_is_not_acknowledged_is_not_counted() -> None:
    books = Books(3, 4)
    assert (books.accounts.stored, books.accounts.digest) == (0, NO_FRAMES)
    assert not books.seen.batches


@pytest.mark.parametrize(
    ("sizes", "acknowledged", "parts"),
    [
        ([3, 4], [3, 7], [3, 4]),
        ([3, 4], [7], [3, 4]),
        ([3, 4], [1, 3, 5], [1, 2, 2]),
        ([3, 4], [5, 7], [3, 2, 2]),
        ([5], [1, 2, 5], [1, 1, 3]),
        ([3], [0], []),
        ([3], [3, 3, 2], [3]),
    ],
)
def test_metrics_see_each_stored_frame_once_in_order_however_it_is_acknowledged(
    sizes: list[int], acknowledged: list[int], parts: list[int]
) -> None:
    books = Books(*sizes)
    for stored in acknowledged:
        books.accounts.store(stored)
    assert [len(batch) for batch in books.seen.batches] == parts
    stored = max(acknowledged)
    assert books.seen.numbers == list(range(stored))
    assert books.accounts.stored == stored
    assert books.accounts.unclassified == len(range(0, stored, 3))
    assert books.accounts.classified == stored - len(range(0, stored, 3))
    assert books.accounts.digest == digest_of(range(stored))


def test_every_metric_sees_the_same() -> None:
    seen = Seen(), Seen()
    accounts = Accounts(iter(seen))
    accounts.take(results(0, [1, 2]))
    accounts.store(2)
    assert seen[0].numbers == seen[1].numbers == [0, 1]


@pytest.mark.parametrize(("sizes", "stored"), [([], 1), ([3, 4], 8)])
def test_more_frames_stored_than_there_are_results_is_the_producers_error(
    sizes: list[int], stored: int
) -> None:
    books = Books(*sizes)
    with pytest.raises(StateError) as caught:
        books.accounts.store(stored)
    assert str(caught.value) == (
        f"more frames stored than there are results in a running session: "
        f"expected at most {sum(sizes)}, got {stored}"
    )


def test_a_resume_forgets_what_was_not_stored() -> None:
    books = Books(3, 4)
    books.accounts.store(3)
    books.accounts.resume(resumed(3))
    # The same frames come again, cut otherwise.
    books.taken = 3
    books.take(1, 3)
    books.accounts.store(7)
    assert books.seen.numbers == list(range(7))
    assert books.accounts.digest == digest_of(range(7))


@pytest.mark.parametrize(("acknowledged", "following"), [(0, 3), (0, 5), (3, 7), (4, 5)])
def test_an_acknowledgement_lost_with_the_connection_is_made_up_from_memory(
    acknowledged: int, following: int
) -> None:
    books = Books(3, 4)
    books.accounts.store(acknowledged)
    books.accounts.resume(resumed(following))
    assert books.seen.numbers == list(range(following))
    assert books.accounts.stored == following
    # What was beyond it is gone.
    with pytest.raises(StateError, match="more frames stored than there are results"):
        books.accounts.store(following + 1)


@pytest.mark.parametrize(
    ("following", "digest"),
    [
        # Frames that this process never had, or had and has not any more.
        (8, None),
        (2, None),
        (0, None),
        # As many frames, but of other pixels.
        (3, digest_of([0, 1, 9])),
        (5, digest_of([0, 1, 2, 3, 9])),
        (3, NO_FRAMES),
    ],
)
def test_a_session_that_was_played_by_another_process_meanwhile_is_refused(
    following: int, digest: str | None
) -> None:
    books = Books(3, 4)
    books.accounts.store(3)
    with pytest.raises(StateError) as caught:
        books.accounts.resume(resumed(following, digest=digest))
    assert str(caught.value).startswith(
        "the session was played by another process meanwhile in session 0123456789abcdef: "
        "expected frame "
    )
    assert str(caught.value).endswith(
        f"got frame {following} next, content digest {digest or digest_of(range(following))}"
    )


def test_a_new_session_is_resumed_at_its_start() -> None:
    accounts = Accounts(())
    accounts.resume(resumed(0, epoch=1))
    assert accounts.stored == 0


def test_what_an_earlier_process_had_stored_is_recalled_and_counted() -> None:
    books = Books()
    accounts = books.accounts
    accounts.recall(recalled(0, [1, -1, 2]))
    accounts.recall(recalled(3, [0]))
    accounts.trust(digest_of(range(4)))
    accounts.resume(resumed(4))
    books.taken = 4
    books.take(2)
    accounts.store(6)
    assert books.seen.numbers == list(range(6))
    assert [page.first for page in books.seen.recalled] == [0, 3]
    assert (accounts.stored, accounts.classified, accounts.unclassified) == (6, 5, 1)
    assert accounts.digest == digest_of(range(6))


@pytest.mark.parametrize(
    ("page", "got"),
    [
        (recalled(0, [1]), "1 from 0"),
        (recalled(3, [1]), "1 from 3"),
        (recalled(2, [1, 1], indices=(1,)), "2 from 2"),
        (recalled(2, [1, 1], confidences=(0.5,)), "2 from 2"),
        (recalled(2, [1, 1], sets=((1,),)), "2 from 2"),
        (recalled(2, [1, 1], novelties=(0.5,)), "2 from 2"),
    ],
    ids=["again", "gap", "indices", "confidences", "sets", "novelties"],
)
def test_recalled_frames_that_do_not_continue_those_before_are_refused(
    page: Recalled, got: str
) -> None:
    books = Books()
    books.accounts.recall(recalled(0, [1, 1]))
    with pytest.raises(StateError) as caught:
        books.accounts.recall(page)
    assert str(caught.value) == (
        "recalled frames do not continue those before in session 0123456789abcdef: "
        f"expected frames from 2, got {got}"
    )
    assert books.seen.numbers == [0, 1]


@given(sizes=st.lists(st.integers(1, 300), max_size=6), cuts=st.data())
def test_any_cuts_give_the_same_sums(sizes: list[int], cuts: st.DataObject) -> None:
    books = Books(*sizes)
    for _ in range(5):
        books.accounts.store(cuts.draw(st.integers(0, sum(sizes))))
    books.accounts.store(sum(sizes))
    whole = Books(sum(sizes)) if sizes else Books()
    whole.accounts.store(sum(sizes))
    assert books.seen.numbers == whole.seen.numbers == list(range(sum(sizes)))
    assert books.accounts.digest == whole.accounts.digest
    assert books.accounts.classified == whole.accounts.classified


class ManyConnections(RuleBasedStateMachine):
    """A producer that stores a prefix of what it is told, and loses words and connections."""

    def __init__(self) -> None:
        super().__init__()
        self.books = Books()
        self.acknowledged = 0
        self.on_disk = 0
        self.epoch = 1

    @rule(size=st.integers(1, 40))
    def classify(self, size: int) -> None:
        """Results of the next frames come."""
        self.books.take(size)

    @rule(count=st.integers(1, 40))
    def put_on_disk(self, count: int) -> None:
        """The producer stores some of it; nobody here knows yet."""
        self.on_disk = min(self.books.taken, self.on_disk + count)

    @rule(back=st.integers(0, 20))
    def acknowledge(self, back: int) -> None:
        """An acknowledgement comes, perhaps not the newest."""
        self.acknowledged = max(self.acknowledged, self.on_disk - back)
        self.books.accounts.store(self.acknowledged)

    @rule()
    def come_back(self) -> None:
        """The connection is lost, with every acknowledgement that is on its way."""
        self.epoch += 1
        self.books.accounts.resume(resumed(self.on_disk, epoch=self.epoch))
        self.acknowledged = self.books.taken = self.on_disk

    @rule(ahead=st.integers(1, 10))
    def refuse_a_twin(self, ahead: int) -> None:
        """Another process has stored frames that were never classified here."""
        with pytest.raises(StateError, match="played by another process"):
            self.books.accounts.resume(resumed(self.books.taken + ahead))

    @invariant()
    def nothing_is_lost_or_counted_twice(self) -> None:
        """What is acknowledged was seen once, in order; nothing else was."""
        accounts = self.books.accounts
        assert self.books.seen.numbers == list(range(self.acknowledged))
        assert accounts.stored == self.acknowledged
        assert accounts.unclassified == len(range(0, self.acknowledged, 3))
        assert accounts.digest == digest_of(range(self.acknowledged))


ManyConnections.TestCase.settings = settings(max_examples=50, stateful_step_count=30)
test_any_mix_of_losses_leaves_each_frame_counted_once = ManyConnections.TestCase
