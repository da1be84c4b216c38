"""How many connections there are, in all and of each address."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

COURTESY = 64
"""How many of those that find no room are told so at a time; the others are cut at once."""
_HOST_BITS = 64
"""Of an IPv6 address: one host may have as many addresses as these bits can name."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One connection's place.

    Args:
        address: whose it is, as it is counted.
        refusal: why there was no room, in words; empty where there was.
    """

    address: str
    refusal: str = ""


class Slots:
    """Counts the connections over both ports together.

    Args:
        total: how many there may be.
        per_address: how many of them may come from one address.
    """

    def __init__(self, total: int, per_address: int) -> None:
        self._total = total
        self._per_address = per_address
        self._taken: Counter[str] = Counter()
        self._refused = 0

    @property
    def taken(self) -> int:
        """How many connections have come in."""
        return self._taken.total()

    def take(self, address: str) -> Slot | None:
        """Count a connection that comes; None where it is not even to be told that it cannot.

        Args:
            address: of the peer, an IP address.
        """
        key = _network(address)
        refusal = self._refusal(key)
        if refusal:
            if self._refused == COURTESY:
                return None
            self._refused += 1
        else:
            self._taken[key] += 1
        return Slot(key, refusal)

    def give_back(self, slot: Slot) -> None:
        """Count a connection that has gone."""
        if slot.refusal:
            self._refused -= 1
            return
        self._taken[slot.address] -= 1
        if not self._taken[slot.address]:
            del self._taken[slot.address]

    def _refusal(self, key: str) -> str:
        if self.taken >= self._total:
            return "too many connections"
        if self._taken[key] >= self._per_address:
            return "too many connections of one address"
        return ""


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> _HOST_BITS << _HOST_BITS))
