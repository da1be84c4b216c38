"""The checks of a session's rows, one by one; all together are tested with verify."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from databases import SQLITE, fresh_database
from ledger_parts import IMAGES, SESSION, connected, write_session

from producer.ledger.account import Account, read_account
from producer.proof.evidence import (
    Check,
    check_counts,
    check_pixels,
    check_runs,
    compared,
    confidences_of,
    judged,
    labels_of,
    novelties_of,
    positions_in,
    sets_of,
)
from producer.proof.posted import check_answer
from shared.intake.imageset import ImageSet


@pytest.fixture(name="account")
def settled(tmp_path: Path) -> Iterator[Account]:
    """A session whose accounts are right."""
    with fresh_database(SQLITE, tmp_path) as url, connected(url) as connection:
        write_session(connection)
        yield read_account(connection, SESSION)


def test_the_arrays_of_all_runs_are_joined(account: Account) -> None:
    assert labels_of(account).tolist() == [0, 1, -1, 2, 0, 1]
    assert confidences_of(account).tolist() == [0.5, 0.5, 0.0, 0.5, 0.5, 0.5]
    assert positions_in(account).tolist() == [0, 1, 2, 4, 6, 7]


def test_where_a_model_says_nothing_of_doubt_there_is_none(account: Account) -> None:
    assert (sets_of(account), novelties_of(account)) == (None, None)


def test_the_doubt_of_all_runs_is_joined_and_missing_where_a_run_has_none(account: Account) -> None:
    first, second = account.runs
    told = replace(first, sets=b"\1\2\0", novelties=np.array([0.5, 0.25, 0], "<f4").tobytes())
    mixed = replace(account, runs=(told, second))
    sets, novelties = sets_of(mixed), novelties_of(mixed)
    assert sets is not None and novelties is not None
    assert sets.members() == [(0,), (1,), (), (), (), ()]
    assert novelties[:3].tolist() == [0.5, 0.25, 0.0]
    assert np.isnan(novelties[3:]).all() and len(novelties) == 6


def test_each_check_says_what_it_found(account: Account) -> None:
    assert check_runs(account) == Check("runs of predictions", "ok", "2 runs, 6 frames")
    assert [check.detail for check in check_counts(account)] == [
        "6",
        "1",
        "3 frames",
        "3",
        "9",
        "9 of 9",
    ]
    assert [check.outcome for check in check_pixels(account, IMAGES, "")] == ["ok", "ok"]
    assert account.answer is not None
    assert {check.outcome for check in check_answer(account, account.answer, IMAGES, "")} == {"ok"}


def test_without_images_it_says_why(account: Account) -> None:
    found = list(check_pixels(account, None, "none were given"))
    assert found == [
        Check("digests of the runs", "unchecked", "none were given"),
        Check("content digest", "unchecked", "none were given"),
    ]


def test_what_is_compared_is_the_same_or_wrong() -> None:
    assert compared("it", 1, 1, "one") == Check("it", "ok", "one")
    assert compared("it", 1, 2) == Check("it", "wrong", "expected 1, got 2")


def test_of_many_faults_the_first_three_are_named() -> None:
    assert judged("it", [], "fine") == Check("it", "ok", "fine")
    assert judged("it", ["a", "b", "c"]) == Check("it", "wrong", "a; b; c")
    assert judged("it", ["a", "b", "c", "d"]) == Check("it", "wrong", "a; b; c (and 1 more)")


def test_of_a_data_set_without_labels_no_score_is_expected(account: Account) -> None:
    bare = ImageSet(IMAGES.stack, None, ())
    assert account.answer is not None
    without = replace(account.answer, score=None)
    outcomes = [
        list(check_answer(account, answer, bare, ""))[-1].outcome
        for answer in (without, account.answer)
    ]
    assert outcomes == ["ok", "wrong"]
