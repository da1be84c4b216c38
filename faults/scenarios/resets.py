"""F5: connections that are reset in the middle of a session."""

from __future__ import annotations

import random

from faults.loops import looping, proxied
from faults.proxy import Proxy, Toxics
from faults.site import Play, Site
from faults.toxics import ResetAtMessage
from faults.values import Order, Outcome, Tally

FRAMES = 100
MESSAGES = 8
"""A session of 100 frames has about so many messages in either direction of port 7000."""
RECONNECT = "seconds from reset to reconnect"
RECONNECT_S = 1.5
TORN = (0, 1, 2, 20, 400)


def reset_connections(order: Order) -> Outcome:
    """F5: a reset at each frame index, on the frame stream, the session channel, and both."""
    tally = Tally(order)
    with (
        Site(order.folder, order.nursery) as site,
        looping() as loop,
        proxied(loop, site.port) as stream,
        proxied(loop, site.session_port) as channel,
    ):
        site.producer()
        for run in range(order.runs):
            chance = order.chance(run)
            which = ("stream", "channel", "both")[run % 3]
            at = 1 + run // 3 % FRAMES if order.full else chance.randint(1, FRAMES)
            if which != "channel":
                _spoil_stream(stream, at, chance)
            if which != "stream":
                _spoil_channel(channel, chance)
            play = Play(name=f"{which}-{run}", frames=FRAMES, host="127.0.0.2")
            tally.add(run, site.ended(site.consumer(play), play))
            _measure(channel, tally)
            for proxy in (stream, channel):
                proxy.renew(lambda _: Toxics())
    tally.limit(RECONNECT, RECONNECT_S, quantile=0.95)
    return tally.outcome()


def _spoil_stream(proxy: Proxy, at: int, chance: random.Random) -> None:
    torn = chance.choice(TORN)
    proxy.renew(lambda k: Toxics(down=[ResetAtMessage(at, torn=torn)]) if k == 0 else Toxics())


def _spoil_channel(proxy: Proxy, chance: random.Random) -> None:
    toxic = ResetAtMessage(chance.randint(1, MESSAGES), torn=chance.choice(TORN))
    toxics = Toxics(up=[toxic]) if chance.random() < 0.5 else Toxics(down=[toxic])
    proxy.renew(lambda k: toxics if k == 0 else Toxics())


def _measure(channel: Proxy, tally: Tally) -> None:
    """How long after each end of a connection the next one came."""
    tally.count("reconnections", len(channel.accepted) - 1)
    for ended, accepted in zip(channel.ended, channel.accepted[1:], strict=False):
        tally.measure(RECONNECT, max(0.0, accepted - ended))
