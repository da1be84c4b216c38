#!/bin/sh
# Hands the folders that the services write to over to the user that they run as, then waits to be stopped.
# Runs as root with no capability but to change owners and modes, without a network.
set -eu

chown -R "$CATWALK_UID:$CATWALK_GID" /var/lib/catwalk /var/cache/catwalk

# A folder that the engine made, or root's own, is handed over; somebody else's stays theirs and is shared.
case $(stat -c %u /results) in
"$CATWALK_UID") ;;
0) chown "$CATWALK_UID:$CATWALK_GID" /results ;;
*) chgrp "$CATWALK_GID" /results && chmod g+rwx /results ;;
esac || echo "the owner of ./results cannot be changed; if the services cannot write there, set CATWALK_UID" >&2

: >/tmp/ready
exec sleep infinity
