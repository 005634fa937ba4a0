# shellcheck shell=bash
# promtool, Prometheus' own check of what /metrics answers: taken out of Debian's or Ubuntu's package, which needs no root and is not installed.

promtool=$tools/prometheus/promtool

# The test skips with a reason when there is none; so this is an offer, never an error.
offer_promtool() {
  local stage log=$tools/prometheus.log
  command -v promtool >/dev/null && return 0
  [[ ! -x $promtool ]] || return 0
  if command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
    lock set-up
    say "Fetching promtool into .tools for the test of /metrics ..."
    rm -rf "$tools"/.promtool-*
    stage=$(mktemp -d "$tools/.promtool-XXXXXX")
    if fetch_promtool "$stage" >"$log" 2>&1; then
      mkdir -p "$tools/prometheus"
      mv "$stage/files/usr/bin/promtool" "$promtool"
    fi
    rm -rf "$stage"
    unlock
    [[ ! -x $promtool ]] || return 0
  fi
  say "promtool could not be had: its check of /metrics will be skipped (sudo apt-get install prometheus brings it)."
}

# fetch_promtool FOLDER: without package lists, which fresh machines lack, there is nothing to download; only root may fetch them.
fetch_promtool() {
  local apt=(apt-get -q -o Acquire::Retries=2)
  chmod a+rwx "$1"
  if ! attended env -C "$1" "${apt[@]}" download prometheus; then
    ((EUID == 0)) || return
    attended "${apt[@]}" update && attended env -C "$1" "${apt[@]}" download prometheus || return
  fi
  attended dpkg-deb --extract "$1"/prometheus_*.deb "$1/files"
}
