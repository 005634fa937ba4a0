#!/bin/bash
# engine.sh CACHE: a container engine for tests alone, with the images that they ask for. Prints "DOCKER_HOST=..." when it is ready, or
# "missing: REASON" when it can't be had here; ends when its standard input does, and takes everything with it that ran in it. So nothing
# is left however the test process ends.
#   CACHE   images stay there between runs; one engine at a time
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cache=$(cd "$1" && pwd -P)
# Short, because paths of sockets are limited to 107 bytes; always the same, so that what a killed engine left is found again.
run=/run/slipway-containers-$(cksum <<<"$cache" | cut -d' ' -f1)
export DOCKER_HOST=unix://$run/engine.sock DOCKER_CONFIG=$run/config DOCKER_BUILDKIT=0
unset DOCKER_CONTEXT
images=(debian:bookworm-slim postgres:18.3 postgres:16.4 redis:8.6)
daemon=

missing() {
  echo "missing: $*"
  exit 1
}

is_ours() { [[ $(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline") == *"--data-root $cache/data "* ]]; }

empty_engine() {
  local ids
  for kind in container volume network; do
    # Its three built-in networks can't be removed.
    case $kind in
      container) ids=$(docker container ls --all --quiet) ;;
      volume) ids=$(docker volume ls --quiet) ;;
      network) ids=$(docker network ls --quiet --filter type=custom) ;;
    esac
    # shellcheck disable=SC2086 # ids, to be split
    [[ -z $ids ]] || docker "$kind" rm --force $ids >/dev/null
  done
}

# stop_daemon ID: TERM lets it stop its containers and its own helpers.
stop_daemon() {
  kill -TERM "$1" 2>/dev/null || true
  while is_ours "$1"; do sleep 0.05; done
}

finish() {
  trap '' EXIT INT TERM HUP
  if [[ -n $daemon ]]; then
    empty_engine || true
    stop_daemon "$daemon"
  fi
  rm -rf "$run"
}

start_daemon() {
  local address
  # iptables and the default bridge belong to the machine; user-defined networks and the published ports of 127.0.0.1 need neither. Without
  # that bridge it must be told by which address containers find the host.
  address=$(hostname -I | cut -d' ' -f1)
  dockerd --data-root "$cache/data" --exec-root "$run/exec" --pidfile "$run/dockerd.pid" --host "$DOCKER_HOST" --iptables=false --ip6tables=false \
    --bridge=none --host-gateway-ip "${address:-127.0.0.1}" --log-level warn </dev/null >"$cache/dockerd.log" 2>&1 9>&- &
  daemon=$!
  for ((i = 0; i < 600; i++)); do
    docker version >/dev/null 2>&1 && return
    is_ours "$daemon" || kill -0 "$daemon" 2>/dev/null || missing "dockerd doesn't run here: $(tail -n 1 "$cache/dockerd.log")"
    sleep 0.05
  done
  missing "dockerd did not answer within 30 s; its log is $cache/dockerd.log."
}

build_images() {
  local label image
  label=slipway.stand-in=$(cd "$here/images" && find . -type f | LC_ALL=C sort | xargs cat | cksum | cut -d' ' -f1)
  for image in "${images[@]}"; do
    if [[ $(docker image inspect --format '{{index .Config.Labels "slipway.stand-in"}}' "$image" 2>/dev/null) != "${label#*=}" ]]; then
      command -v debootstrap >/dev/null || missing "debootstrap, which makes the images, is not installed (apt-get install debootstrap)."
      "$here/images/build.sh" "$label" >"$cache/images.log" 2>&1 9>&- || missing "the images could not be made: $(tail -n 1 "$cache/images.log") (all of it: $cache/images.log)"
      docker image prune --force >/dev/null
      return
    fi
  done
}

((EUID == 0)) || missing "no container engine answers, and starting one takes root."
command -v dockerd >/dev/null || missing "no container engine answers, and dockerd is not installed (apt-get install docker.io)."
exec 9>>"$cache/lock"
flock --wait 300 9 || missing "another test run has held $cache for 5 minutes."
if [[ -s $run/dockerd.pid ]] && is_ours "$(<"$run/dockerd.pid")"; then
  stop_daemon "$(<"$run/dockerd.pid")"
fi
trap finish EXIT
trap 'exit 1' INT TERM HUP
mkdir -p "$run/config"
start_daemon
empty_engine
build_images
echo "DOCKER_HOST=$DOCKER_HOST"
cat >/dev/null
