"""One tree of errors, with two kinds of blame.

::

    CatwalkError
    ├── LocalError                  something on this side: the user's input or this machine
    │   ├── SettingsError           bad-setting      exit 2
    │   ├── ProducerUnavailable     unreachable      exit 3
    │   ├── DataError               bad-data         exit 5
    │   │   └── PickleRefused       bad-pickle       exit 5
    │   ├── ModelError              bad-model        exit 6
    │   ├── PortError               port-unavailable exit 7
    │   ├── StoreError              store-failed     exit 8
    │   ├── WorkerError             worker-failed    exit 9
    │   └── DownloadError           download-failed  exit 10
    └── PeerError                   the other side broke the protocol or refused; exit 4
        ├── FrameError              bad-frame
        ├── MessageError            bad-message
        ├── StateError              bad-state
        ├── DigestError             digest-mismatch
        ├── NoSessionError          no-session
        ├── OwnerError              not-yours
        ├── TakenOverError          taken-over
        ├── StoppingError           stopping
        ├── AuthorisationError      unauthorised
        ├── LimitError              limit
        ├── RefusedError            the code of the peer's own error message
        └── ConnectionLost          connection-lost

Every message says what, where, expected and got, and where it helps how to mend it. ``code`` is
what travels in a protocol ``error`` message and in logs; ``exit_code`` is what the process ends
with.
"""

from __future__ import annotations


class CatwalkError(Exception):
    """A fault that Catwalk names.

    Args:
        what: what is wrong, a phrase without a full stop.
        where: the file, setting, message or frame it was found in.
        at: in place of ``where``, the address or path that something was tried at.
        expected: what would have been right.
        got: what was there instead.
        hint: how to mend it, a clause without a full stop.
    """

    code = "internal"
    exit_code = 11

    def __init__(
        self,
        what: str,
        *,
        where: object = None,
        at: object = None,
        expected: object = None,
        got: object = None,
        hint: object = None,
    ) -> None:
        self.what = what
        self.where = where
        self.at = at
        self.expected = expected
        self.got = got
        self.hint = hint
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        sentence = self.what
        if self.where is not None:
            sentence += f" in {self.where}"
        if self.at is not None:
            sentence += f" at {self.at}"
        if self.expected is not None:
            sentence += f": expected {self.expected}"
            if self.got is not None:
                sentence += f", got {self.got}"
        elif self.got is not None:
            sentence += f": got {self.got}"
        if self.hint is not None:
            sentence += f"; {self.hint}"
        return sentence


class LocalError(CatwalkError):
    """Something on this side of the connection is wrong: input, settings or machine."""


class SettingsError(LocalError):
    """A setting or command option has a value that cannot be used."""

    code = "bad-setting"
    exit_code = 2


class ProducerUnavailable(LocalError):
    """No producer answered at the given address before the patience ran out."""

    code = "unreachable"
    exit_code = 3


class DataError(LocalError):
    """A data file is missing, damaged, of another format, or holds what cannot be streamed."""

    code = "bad-data"
    exit_code = 5


class PickleRefused(DataError):
    """A pickle is damaged, too large, or asks for anything that honest image sets do not need.

    Args:
        what: the reason.
        where: the file.
        offset: the byte of the file at which the operation begins that was refused, from 0.
        expected: what would have been right.
        got: what was there instead.
        hint: how to mend it.
    """

    code = "bad-pickle"

    def __init__(
        self,
        what: str,
        *,
        where: object,
        offset: int,
        expected: object = None,
        got: object = None,
        hint: object = None,
    ) -> None:
        self.offset = offset
        super().__init__(
            what, where=where, at=f"byte {offset:,}", expected=expected, got=got, hint=hint
        )


class ModelError(LocalError):
    """A model file is missing, damaged, or does not fit the network or its card."""

    code = "bad-model"
    exit_code = 6


class PortError(LocalError):
    """A port cannot be listened on, usually because another process holds it."""

    code = "port-unavailable"
    exit_code = 7


class StoreError(LocalError):
    """The ledger's database, or a file or folder to be written, failed."""

    code = "store-failed"
    exit_code = 8


class WorkerError(LocalError):
    """A worker thread raised or died; the cause is chained."""

    code = "worker-failed"
    exit_code = 9


class DownloadError(LocalError):
    """A data file could not be fetched from any of its official addresses."""

    code = "download-failed"
    exit_code = 10


class PeerError(CatwalkError):
    """The other side broke the protocol, refused, or went away."""

    code = "peer-error"
    exit_code = 4


class FrameError(PeerError):
    """A binary frame has a wrong header, size or checksum."""

    code = "bad-frame"


class MessageError(PeerError):
    """A session message is not JSON, of unknown type, or has missing or wrong fields."""

    code = "bad-message"


class StateError(PeerError):
    """A message or event is not allowed in the session's present state."""

    code = "bad-state"


class DigestError(PeerError):
    """Both sides disagree about the pixels of a run of frames."""

    code = "digest-mismatch"


class NoSessionError(PeerError):
    """There is no such session in the ledger."""

    code = "no-session"


class OwnerError(PeerError):
    """The session is another consumer's, or was begun with another model or data set."""

    code = "not-yours"


class TakenOverError(PeerError):
    """The consumer has come back to its session on another connection, under a new epoch."""

    code = "taken-over"


class StoppingError(PeerError):
    """The producer stops and takes no more sessions; another may take its place."""

    code = "stopping"


class AuthorisationError(PeerError):
    """The token is missing or wrong."""

    code = "unauthorised"


class LimitError(PeerError):
    """The peer has reached one of the limits that keep others from being harmed."""

    code = "limit"


class RefusedError(PeerError):
    """The peer answered with an ``error`` message; ``code`` is the peer's own.

    Args:
        code: the peer's error code.
        message: the peer's words.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"the peer refused ({code}): {message}")
        self.code = code


class ConnectionLost(PeerError):
    """The connection ended before the session did."""

    code = "connection-lost"
