"""The producer with a clock that jumps BY_S at SIGUSR1; then come the producer's own arguments."""

from __future__ import annotations

import sys

from faults.sabotage import set_clock_at_signal


def main(by_s: str, *arguments: str) -> None:
    """Run the producer."""
    set_clock_at_signal(float(by_s))
    from producer.__main__ import main as producer_main

    sys.argv = ["producer", *arguments]
    producer_main()


if __name__ == "__main__":
    main(*sys.argv[1:])
