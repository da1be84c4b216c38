#!/usr/bin/env bash
# Run a command beside a PostgreSQL server of its own, which is gone afterwards:
#
#   tools/with_postgres.sh .venv/bin/pytest tests/test_producer_ledger_*
#
# The command finds in its environment
#   CATWALK_TEST_POSTGRES           the URL of a database that is its to use
#   CATWALK_TEST_POSTGRES_RESTART   a command that restarts the server as a crash would
#   CATWALK_REQUIRE_POSTGRES=1      no test may be skipped for want of a server
# The server runs as an unprivileged user, answers on a socket in its own folder only, and syncs to
# disk. Where there is none, root on Debian or Ubuntu gets one from the distribution's packages.
set -euo pipefail
(($#)) || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }

find_server() {
  local found
  found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1) || true
  [[ -n $found ]] || found=$(dirname "$(command -v initdb || true)")
  [[ -x $found/initdb && -x $found/postgres ]] && printf '%s' "$found"
}

install_server() {
  if ((EUID)) || ! command -v apt-get >/dev/null; then
    echo "no PostgreSQL server here; on Debian and Ubuntu: apt install postgresql" >&2
    exit 1
  fi
  apt-get -qq update >&2
  # No cluster of the distribution's own is made and started.
  apt-get -qq install --yes --no-install-recommends postgresql-common >&2
  sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
  apt-get -qq install --yes --no-install-recommends postgresql-15 >&2 ||
    apt-get -qq install --yes --no-install-recommends postgresql >&2
}

# The server refuses to run as root.
as_user() { if ((EUID)); then "$@"; else runuser -u postgres -- "$@"; fi; }

bin=$(find_server) || { install_server; bin=$(find_server); }
# Short: the path of a socket may have 107 characters.
folder=$(mktemp -d /tmp/catwalk-pg.XXXXXX)
((EUID)) || chown postgres "$folder"
control=("$bin/pg_ctl" --silent --pgdata "$folder/data" --log "$folder/log")
stop() {
  (cd / && as_user "${control[@]}" --mode immediate stop >/dev/null 2>&1) || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start() {
  cd /
  as_user "$bin/initdb" --pgdata "$folder/data" --username catwalk --auth trust --encoding UTF8 \
    --no-locale --no-sync >/dev/null
  as_user tee -a "$folder/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$folder'
fsync = on
max_connections = 50
CONF
  as_user "${control[@]}" --wait start || { cat "$folder/log" >&2; exit 1; }
}
(start)

restart=""
((EUID)) || restart="runuser -u postgres -- "
export CATWALK_TEST_POSTGRES="postgresql+psycopg://catwalk@/postgres?host=$folder"
export CATWALK_TEST_POSTGRES_RESTART="(cd / && $restart${control[*]} --mode immediate --wait restart)"
export CATWALK_REQUIRE_POSTGRES=1
"$@"
