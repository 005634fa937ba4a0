#!/bin/bash
# Keeps the contract of the official image's entrypoint: POSTGRES_PASSWORD, POSTGRES_USER, POSTGRES_DB and POSTGRES_INITDB_ARGS, each also as
# NAME_FILE; POSTGRES_HOST_AUTH_METHOD; PGDATA; /docker-entrypoint-initdb.d on the first start; the server becomes PID 1, never as root.
set -euo pipefail

if [[ ${1:-} == -* ]]; then set -- postgres "$@"; fi
if [[ ${1:-} != postgres ]]; then exec "$@"; fi

if ((EUID == 0)); then
  mkdir -p "$PGDATA" /var/run/postgresql
  chmod 700 "$PGDATA"
  chmod 3777 /var/run/postgresql
  find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres: {} +
  # The folders above it may have been made for us by the engine.
  chown postgres: /var/lib/postgresql "$(dirname "$PGDATA")"
  exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$0" "$@"
fi

# from_file NAME DEFAULT: the variable itself, or what the file in NAME_FILE holds.
from_file() {
  local name=$1 file=$1_FILE
  if [[ -n ${!name:-} && -n ${!file:-} ]]; then
    echo "error: both $name and $file are set." >&2
    exit 1
  fi
  if [[ -n ${!file:-} ]]; then
    export "$name=$(<"${!file}")"
  else
    export "$name=${!name:-$2}"
  fi
  unset "$file"
}

run_init_file() {
  case $1 in
    *.sh) if [[ -x $1 ]]; then "$1"; else . "$1"; fi ;;
    *.sql) "${client[@]}" -f "$1" ;;
    *.sql.gz) gunzip -c "$1" | "${client[@]}" ;;
    *.sql.xz) xzcat "$1" | "${client[@]}" ;;
    *.sql.zst) zstd -dc "$1" | "${client[@]}" ;;
    *) echo "$0: ignoring $1" ;;
  esac
}

create_cluster() {
  local method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256} file
  if [[ -z $POSTGRES_PASSWORD && $method != trust ]]; then
    echo 'Error: Database is uninitialized and superuser password is not specified.' >&2
    echo '       Set POSTGRES_PASSWORD to a non-empty value, or POSTGRES_HOST_AUTH_METHOD=trust to allow all connections without one.' >&2
    exit 1
  fi
  # Arguments in one variable, split by the shell's own rules for quotes.
  eval "initdb --username=\"\$POSTGRES_USER\" --pwfile=<(printf '%s\n' \"\$POSTGRES_PASSWORD\") $POSTGRES_INITDB_ARGS -D \"\$PGDATA\""
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"

  # Nobody from outside gets in before the files have run.
  PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -p 5432" -w start
  export PGHOST=/var/run/postgresql PGPASSWORD=$POSTGRES_PASSWORD
  if [[ $POSTGRES_DB != postgres ]]; then
    psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc -U "$POSTGRES_USER" -d postgres -v db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
  fi
  client=(psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc -U "$POSTGRES_USER" -d "$POSTGRES_DB")
  for file in /docker-entrypoint-initdb.d/*; do
    [[ ! -e $file ]] || run_init_file "$file"
  done
  PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -m fast -w stop
  unset PGHOST PGPASSWORD
  echo 'PostgreSQL init process complete; ready for start up.'
}

from_file POSTGRES_PASSWORD ''
from_file POSTGRES_USER postgres
from_file POSTGRES_DB "$POSTGRES_USER"
from_file POSTGRES_INITDB_ARGS ''
if [[ -s $PGDATA/PG_VERSION ]]; then
  echo 'PostgreSQL Database directory appears to contain a database; Skipping initialization'
else
  create_cluster
fi
# Debian's server listens on localhost only and the official image's everywhere.
exec "$1" -c listen_addresses='*' "${@:2}"
