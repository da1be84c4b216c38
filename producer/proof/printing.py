"""Sessions of the ledger as tables for people and as objects for machines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime

from rich.table import Table
from rich.text import Text

from producer.ledger.account import Account
from producer.proof.verification import Verification
from shared.messages import Session, SessionInfo

_STYLES = {"ok": "green", "PASS": "green", "wrong": "red", "FAIL": "red"}


def sessions_table(sessions: Iterable[SessionInfo]) -> Table:
    """The newest sessions, one a line."""
    table = Table("session", "created (UTC)", "consumer", "data set", box=None)
    for name in ("state", "fps", "frames", "stored", "verdict"):
        table.add_column(name, justify="right" if name in ("fps", "frames", "stored") else "left")
    for info in sessions:
        figures = (info.state, f"{info.fps:g}", str(info.frames), str(info.stored))
        names = (info.session, _moment(info.created), info.consumer, info.dataset)
        table.add_row(*_cells(*names, *figures, info.verdict or ""))
    return table


def session_object(answer: Session, account: Account) -> dict[str, object]:
    """All that ``sessions show`` says of one session, for JSON."""
    record = account.record
    return {
        **answer.info.model_dump(mode="json", exclude={"type"}),
        "model": record.model,
        "classes": list(record.classes),
        "dataset_digest": record.dataset_digest,
        "delivery": record.delivery,
        "planned": account.planned,
        "epoch": account.epoch,
        "unclassified": account.unclassified,
        "skipped": account.skipped,
        "digest": account.digest,
        "runs": len(account.runs),
        "samples": len(account.samples),
        "balance": answer.balance and answer.balance.model_dump(mode="json"),
        "score": answer.score and answer.score.model_dump(mode="json"),
    }


def session_table(answer: Session, account: Account) -> Table:
    """The same for people: the balance by its reasons, the score by its accuracy."""
    lines = session_object(answer, account)
    lines["created"] = f"{_moment(answer.info.created)} UTC"
    lines["classes"] = ", ".join(account.record.classes) or None
    lines["balance"] = answer.balance and "; ".join(answer.balance.reasons)
    lines["score"] = answer.score and f"accuracy {answer.score.accuracy:.4f}"
    table = Table(box=None, show_header=False)
    for name, value in lines.items():
        if value not in (None, ""):
            words = name.replace("dataset", "data set").replace("_", " ")
            table.add_row(*_cells(words, str(value)))
    return table


def verification_object(verification: Verification) -> dict[str, object]:
    """A verification for JSON."""
    return asdict(verification)


def verification_table(verification: Verification) -> Table:
    """What was checked, one check a line, and the verdict below."""
    table = Table("check", "outcome", "detail", box=None, show_footer=True)
    table.columns[0].footer = Text(f"session {verification.session}")
    table.columns[1].footer = Text(verification.verdict, _STYLES.get(verification.verdict, ""))
    table.columns[2].footer = Text("\n".join(_plain(reason) for reason in verification.reasons))
    for check in verification.checks:
        table.add_row(*_cells(check.name, check.outcome, check.detail))
    return table


def _cells(*texts: str) -> Iterable[Text]:
    """As they are: a name in the ledger is neither markup nor a terminal's control sequence."""
    return (Text(_plain(text), _STYLES.get(text, "")) for text in texts)


def _plain(text: str) -> str:
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
