#!/usr/bin/env bash
# A PostgreSQL server of one's own, for tests and measurements. It prints a connection string once it answers, and ends, with
# all its files, when its standard input does: however the program that started it dies, nothing is left behind.
#   tests/postgres-cluster.sh        by hand: Ctrl+D ends it
set -euo pipefail

find_program() { # find_program NAME: on the path, or where Debian keeps the newest
  command -v "$1" 2>/dev/null || ls -1v /usr/lib/postgresql/*/bin/"$1" 2>/dev/null | tail -1
}
initdb=$(find_program initdb)
postgres=$(find_program postgres)
if [ -z "$initdb" ] || [ -z "$postgres" ]; then
  echo "error: PostgreSQL is not installed: apt-get install postgresql." >&2
  exit 1
fi

# PostgreSQL refuses to run as root.
as=()
account=$(id -un)
if [ "$(id -u)" = 0 ]; then
  account=postgres
  id -u "$account" >/dev/null 2>&1 || account=nobody
  as=(setpriv "--reuid=$account" "--regid=$(id -gn "$account")" --init-groups)
fi

folder=$(mktemp -d /tmp/rondo-postgres-XXXXXX)
server=
finish() {
  trap - EXIT
  if [ -n "$server" ]; then
    kill -INT "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP
chown "$account" "$folder"
chmod 755 "$folder"

# A language whose order of letters is not that of the bytes: nothing here may depend on it.
password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
echo "$password" >"$folder/password"
chown "$account" "$folder/password"
locale=(--locale=C.UTF-8)
case $("$postgres" --version) in *' '1[5-9].* | *' '[2-9][0-9].*) locale=(--locale-provider=icu --icu-locale=en-US --locale=C.UTF-8) ;; esac
"${as[@]}" "$initdb" -D "$folder/data" -U rondo --encoding=UTF8 "${locale[@]}" \
  --auth-local=trust --auth-host=scram-sha-256 --pwfile="$folder/password" >"$folder/initdb.log" 2>&1 ||
  { cat "$folder/initdb.log" >&2; exit 1; }
rm "$folder/password"

# Any free port: where another program was faster, the next one is tried.
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  port=$((20000 + RANDOM % 12000))
  "${as[@]}" setpriv --pdeathsig INT "$postgres" -D "$folder/data" -p "$port" -k "$folder" -c listen_addresses=127.0.0.1 \
    -c max_connections=600 -c fsync=on -c autovacuum=off "$@" >"$folder/server.log" 2>&1 </dev/null &
  server=$!
  while kill -0 "$server" 2>/dev/null; do
    if [ -S "$folder/.s.PGSQL.$port" ] && psql -h "$folder" -p "$port" -U rondo -d postgres -qtAc 'select 1' >/dev/null 2>&1; then
      break 2
    fi
    sleep 0.05
  done
  server=
done
if [ -z "$server" ]; then
  cat "$folder/server.log" >&2
  exit 1
fi

echo "Host=127.0.0.1;Port=$port;Username=rondo;Password=$password;Database=postgres"
cat <&0 >/dev/null &
wait $!
