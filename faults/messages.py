"""Finds WebSocket messages in a byte stream, without a socket (RFC 6455, section 5.2)."""

from __future__ import annotations

END_OF_HEADERS = b"\r\n\r\n"
SHORT, MEDIUM = 125, 126
DATA_OPCODES = (0, 1, 2)


class MessageCounter:
    """Counts the data messages that one direction of a WebSocket connection carries.

    Pings, pongs and closes are not counted; a message in several frames counts once.
    """

    def __init__(self) -> None:
        self._headers = b""
        self._in_headers = True
        self._head = b""
        self._left = 0
        self.messages = 0

    def split_at(self, data: bytes, message: int) -> int | None:
        """Take the next bytes; where in them the message of this number begins.

        Args:
            data: what was read from the connection.
            message: from 1.

        Returns:
            An offset into ``data``, the place of the frame's first byte or, where that came
            earlier, 0; None where the message does not begin here.
        """
        at = begin = self._skip_headers(data)
        found: int | None = None
        while at < len(data):
            if not self._head and not self._left:
                begin = at
            at = self._frame(data, at)
            if found is None and self.messages >= message:
                found = begin
        return found

    def _skip_headers(self, data: bytes) -> int:
        if not self._in_headers:
            return 0
        before = len(self._headers)
        self._headers += data
        end = self._headers.find(END_OF_HEADERS)
        if end < 0:
            return len(data)
        self._in_headers = False
        return end + len(END_OF_HEADERS) - before

    def _frame(self, data: bytes, at: int) -> int:
        """Go on in the present frame; the offset behind what belongs to it."""
        if self._left:
            taken = min(self._left, len(data) - at)
            self._left -= taken
            return at + taken
        more = data[at : at + _header_bytes(self._head) - len(self._head)]
        self._head += more
        if len(self._head) == _header_bytes(self._head):
            self._begin()
        return at + len(more)

    def _begin(self) -> None:
        opcode, final = self._head[0] & 0x0F, self._head[0] & 0x80
        if opcode in DATA_OPCODES and final:
            self.messages += 1
        self._left = _payload_bytes(self._head)
        self._head = b""


def _header_bytes(head: bytes) -> int:
    """How many bytes the header has, as far as these say."""
    if len(head) < 2:
        return 2
    length, mask = head[1] & 0x7F, 4 * bool(head[1] & 0x80)
    extended = 0 if length <= SHORT else 2 if length == MEDIUM else 8
    return 2 + extended + mask


def _payload_bytes(head: bytes) -> int:
    length = head[1] & 0x7F
    if length <= SHORT:
        return length
    return int.from_bytes(head[2:4] if length == MEDIUM else head[2:10], "big")
