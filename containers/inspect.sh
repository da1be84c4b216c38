#!/bin/sh
# Describes what is mounted below /input and writes a JSON file for each image to /output, as the user that
# /output belongs to: so it can be written to whoever made it, and what is written is theirs. Begins as root with
# the capabilities to become that user, and gives them up before anything of the user's is opened. Further options
# are those of `consumer inspect`.
set -eu

say() {
    echo "inspect: $*" >&2
    exit 2
}

[ -e /input ] || say "no image: mount one with -v /path/to/image.png:/input/image.png:ro"
[ -d /output ] || say "no folder for the JSON: mount one with -v /path/to/out:/output"

# A file that was named is described whatever it is; among many, what is no image is passed over.
what=/input
is_one() {
    [ $# = 1 ] && [ -e "$1" ]
}
if is_one /input/*; then
    for what in /input/*; do :; done
fi

exec setpriv --reuid "$(stat -c %u /output)" --regid "$(stat -c %g /output)" --clear-groups \
    --inh-caps=-all --bounding-set=-all --no-new-privs \
    python -m consumer inspect --per-image /output --output /dev/null "$@" -- "$what"
