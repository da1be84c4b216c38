"""The commands ``producer sessions list``, ``show`` and ``verify``: reading the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Unpack

import typer

from producer.datasets.options import Layout, PlaceOptions, with_places

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from producer.ledger.settings import LedgerSettings
    from producer.proof.verification import Verification

PIPE_COLUMNS = 200
"""How wide a table is where it goes to no terminal."""

sessions_app = typer.Typer(
    no_args_is_help=True, help="Look at the sessions in the ledger; nothing is ever changed."
)

_Store = Annotated[
    str | None, typer.Option(help="Database of the ledger. Default: sqlite:///catwalk.db.")
]
_Json = Annotated[bool, typer.Option("--json", help="For machines instead of people.")]
_Session = Annotated[str, typer.Argument(help="A session's name: 16 hexadecimal digits.")]


@sessions_app.command("list")
def list_sessions(
    *,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 20,
    store: _Store = None,
    as_json: _Json = False,
) -> None:
    """List the newest sessions, newest first."""
    # Imported here and below because --help need not wait for a database.
    from producer.ledger.answers import list_sessions as read
    from producer.ledger.database import reading
    from producer.proof.printing import sessions_table

    with reading(_settings(store=store).store) as connection:
        found = read(connection, limit)
    objects = [info.model_dump(mode="json", exclude={"type"}) for info in found]
    _show(objects if as_json else sessions_table(found))


@sessions_app.command("show")
def show(session: _Session, *, store: _Store = None, as_json: _Json = False) -> None:
    """Show what the ledger has of one session, with balance sheet and score."""
    from producer.ledger.account import read_account
    from producer.ledger.answers import show_session
    from producer.ledger.database import reading
    from producer.proof.printing import session_object, session_table

    with reading(_settings(store=store).store) as connection:
        answer, account = show_session(connection, session), read_account(connection, session)
    _show((session_object if as_json else session_table)(answer, account))


@sessions_app.command("verify")
@with_places
def verify(
    session: _Session,
    *,
    dataset: Annotated[
        str | None,
        typer.Option(
            help="The data set that it played. Default: that one, if it is here and no file."
        ),
    ] = None,
    layout: Layout = None,
    store: _Store = None,
    as_json: _Json = False,
    **places: Unpack[PlaceOptions],
) -> None:
    """Recompute all that the ledger says of one session: PASS, FAIL or UNFINISHED.

    With the session's own data set, digests and score are recomputed from the
    pixels; without it, they are left unchecked. Exit code 0 only on PASS; while
    no results are accepted the verdict is UNFINISHED.
    """
    from producer.proof.printing import verification_object, verification_table

    settings = _settings(dataset=dataset, layout=layout, store=store, **places)
    found = _verified(settings, session, is_asked=dataset is not None)
    _show((verification_object if as_json else verification_table)(found))
    if found.verdict != "PASS":
        raise typer.Exit(1)


def _settings(**options: object) -> LedgerSettings:
    from producer.ledger.settings import LedgerSettings
    from shared.settings import load_settings

    return load_settings(LedgerSettings, options)


def _verified(settings: LedgerSettings, session: str, *, is_asked: bool) -> Verification:
    from producer.datasets.played import played_dataset
    from producer.ledger.account import read_account
    from producer.ledger.database import reading
    from producer.proof.verification import verify as check

    with reading(settings.store) as connection:
        account = read_account(connection, session)
    found = played_dataset(
        settings.dataset,
        name=account.record.dataset,
        digest=account.record.dataset_digest if is_asked else None,
        data_dir=settings.data_dir,
        cache_dir=settings.cache_dir,
        layout=settings.layout,
        limits=settings.limits,
    )
    return check(account) if found is None else check(account, found.images, found.recording)


def _show(content: RenderableType | dict[str, object] | list[dict[str, object]]) -> None:
    from shared.output import standard_output

    with standard_output():
        console = _console()
        if isinstance(content, (dict, list)):
            import json

            # Not wrapped, not coloured, and as it is.
            console.out(json.dumps(content), highlight=False)
        else:
            console.print(content)


def _console() -> Console:
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=PIPE_COLUMNS)
