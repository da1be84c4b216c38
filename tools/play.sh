#!/bin/sh
# Plays one session through both services: tools/play.sh BIN, where BIN holds the two commands.
# Every CATWALK_* variable counts, so `CATWALK_DATASET=my.pickle make run` replays one's own file.
# Ends with the consumer's exit code: 0 only when the balance sheet says PASS.
set -eu
bin=$1
output=${CATWALK_OUTPUT:-results}
log=$output/producer.log
mkdir -p "$output"

CATWALK_STORE=${CATWALK_STORE:-sqlite:///$output/catwalk.db} "$bin/producer" serve 2>"$log" &
producer=$!
stop() {
    kill -TERM "$producer" 2>/dev/null || true
    wait "$producer" 2>/dev/null || true
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

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

CATWALK_COUNT=${CATWALK_COUNT:-100} "$bin/consumer" run
