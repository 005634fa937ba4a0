# shellcheck shell=bash
# PostgreSQL and Redis: in containers or as processes of this machine's own binaries. Here: that one of the two is possible.

cluster_settings=/etc/postgresql-common/createcluster.conf

# Programs of Debian and Ubuntu, newest first; then whatever is on the PATH.
postgres_bin() {
  local folder
  for folder in $(printf '%s\n' "${SLIPWAY_POSTGRES_ROOT:-/usr/lib/postgresql}"/*/bin | sort -rV); do
    [[ -x $folder/postgres && -x $folder/initdb ]] || continue
    folder=${folder%/bin}
    ((${folder##*/} >= 14)) 2>/dev/null && return 0
  done
  command -v postgres >/dev/null && command -v initdb >/dev/null
}

missing_servers() {
  local missing=()
  postgres_bin || missing+=(postgresql)
  command -v redis-server >/dev/null || missing+=(redis-server)
  echo "${missing[*]}"
}

engine_answers() {
  local engine
  for engine in docker podman; do
    command -v "$engine" >/dev/null && timeout 5 "$engine" version --format '{{.Server.Version}}' >/dev/null 2>&1 && return 0
  done
  return 1
}

# ensure_servers run|test: tests use the binaries themselves, so containers don't do for them.
ensure_servers() {
  local purpose=$1 mode=${AppHost__Servers:-auto} packages
  if [[ $purpose == run && $mode == containers ]]; then
    engine_answers || fail "No container engine answers." "AppHost__Servers=containers asks for PostgreSQL and Redis in containers." \
      "Start Docker or Podman, or unset AppHost__Servers to use this machine's own servers."
    return 0
  fi
  packages=$(missing_servers)
  [[ -n $packages ]] || return 0
  if [[ $purpose == run && $mode == auto ]] && engine_answers; then
    return 0
  fi
  local why="PostgreSQL (14 or newer) and Redis run as processes of this machine where no container engine does."
  local remedy="sudo apt-get install $packages"
  [[ $purpose == test ]] || remedy="$remedy; or start a container engine (Docker, Podman)"
  ((EUID == 0)) || fail "Not installed: $packages." "$why" "$remedy"
  command -v apt-get >/dev/null || fail "Not installed: $packages, and there is no apt-get to install them with." "$why" "Install them with this system's package manager."
  say "Installing $packages ..."
  # shellcheck disable=SC2086 # names of packages, to be split
  apt_install $packages || fail "apt-get could not install: $packages." "Its own words are above and in $tools/apt.log." "$remedy"
}

# The browser test skips with a reason when there is no browser; so this is an offer, never an error.
offer_browser() {
  local name
  for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null && return 0
  done
  if ((EUID == 0)) && command -v apt-get >/dev/null; then
    say "Installing chromium for the browser test ..."
    apt_install chromium && return 0
  fi
  say "No Chromium here: the browser test will be skipped (sudo apt-get install chromium brings it)."
}

# Tests with containers skip with a reason when no engine can be had. They start a private one by themselves; nothing runs after them.
offer_containers() {
  local missing=()
  engine_answers && return 0
  if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
    say "No container engine answers: tests with containers will be skipped."
    return 0
  fi
  command -v dockerd >/dev/null && command -v docker >/dev/null || missing+=(docker.io)
  command -v debootstrap >/dev/null || missing+=(debootstrap)
  ((${#missing[@]} > 0)) || return 0
  say "Installing ${missing[*]} for tests with containers ..."
  apt_install "${missing[@]}" || say "Tests with containers will be skipped."
}

# apt_install PACKAGE...: installs, and starts nothing: neither now nor at the next boot.
apt_install() {
  local policy=/usr/sbin/policy-rc.d status=0
  mkdir -p "$tools"
  trap apt_tidy EXIT
  if [[ ! -e $policy ]]; then
    # Debian's own way to say that a package's service is not to be started. One that is there already has its reasons.
    printf '#!/bin/sh\n# slipway set-up\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  apt_packages "$@" >"$tools/apt.log" 2>&1 || status=$?
  [[ $status == 0 ]] || tail -n 10 "$tools/apt.log" >&2
  apt_tidy
  trap - EXIT
  return "$status"
}

apt_tidy() {
  if grep -qs 'slipway set-up' /usr/sbin/policy-rc.d; then rm -f /usr/sbin/policy-rc.d; fi
  if [[ -f $tools/createcluster.conf ]]; then mv "$tools/createcluster.conf" "$cluster_settings"; fi
}

apt_packages() {
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -o Dpkg::Options::=--force-confold -o Acquire::Retries=2)
  attended "${apt[@]}" update || return
  if [[ " $* " == *" postgresql "* ]]; then
    # Debian would make and own a database cluster; ours lives with the application.
    attended "${apt[@]}" install --no-install-recommends postgresql-common || return
    cp -p "$cluster_settings" "$tools/createcluster.conf"
    sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' "$cluster_settings"
  fi
  attended "${apt[@]}" install --no-install-recommends "$@" || return
  if [[ " $* " == *" redis-server "* && -d /run/systemd/system ]]; then
    systemctl disable --quiet redis-server || true
  fi
  if [[ " $* " == *" docker.io "* && -d /run/systemd/system ]]; then
    systemctl disable --quiet docker.service docker.socket containerd.service || true
  fi
}
