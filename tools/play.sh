#!/bin/sh
# Plays one session through both services: tools/play.sh BIN, where BIN holds the two commands.
# Every CATWALK_* variable counts, so `CATWALK_DATASET=my.pickle make run` replays one's own file.
# Ends with the consumer's exit code: 0 only when the balance sheet says PASS. The first Ctrl-C or
# SIGTERM lets the consumer end its session in good order.
set -eu
bin=$1
output=${CATWALK_OUTPUT:-results}
log=$output/producer.log
export CATWALK_STORE="${CATWALK_STORE:-sqlite:///$output/catwalk.db}"
export CATWALK_COUNT="${CATWALK_COUNT:-100}"
mkdir -p "$output"
: >"$log"

# Away from the terminal's process group: Ctrl-C reaches this script, which tells the consumer, once.
alone() {
    exec "$bin/python" -c 'import os, sys; os.setsid(); os.execv(sys.argv[1], sys.argv[1:])' "$@"
}

alone "$bin/producer" serve 2>"$log" </dev/null &
producer=$!
consumer=
stop() {
    kill -TERM "$producer" 2>/dev/null || true
    wait "$producer" 2>/dev/null || true
}
trap stop EXIT
trap 'test -n "$consumer" && kill -TERM "$consumer" 2>/dev/null || { echo interrupted >&2; exit 130; }' INT TERM

# Wait until it serves, however long a download takes; if it ends instead, say why.
until grep -q '"event": "serving"' "$log"; do
    if ! kill -0 "$producer" 2>/dev/null; then
        code=0
        wait "$producer" || code=$?
        tail -n 1 "$log" >&2
        exit "$code"
    fi
    sleep 0.1
done

alone "$bin/consumer" run &
consumer=$!
# A signal ends `wait` before the consumer has ended; then wait again.
while :; do
    code=0
    wait "$consumer" || code=$?
    kill -0 "$consumer" 2>/dev/null || break
done
exit "$code"
