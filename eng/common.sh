# shellcheck shell=bash
# What every script here needs: where things are, how to speak, how to end a child process.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
tools=$root/.tools

# Notes go to stderr: stdout belongs to the application and to the result of the tests.
say() { printf '%s\n' "$*" >&2; }

# fail WHAT WHY REMEDY: one message, exit code 1.
fail() {
  printf 'error: %s\n  Why:    %s\n  Remedy: %s\n' "$1" "$2" "$3" >&2
  exit 1
}

# A process that this shell waits for. Bash runs traps only between commands, so a child in the foreground would outlive a SIGTERM
# sent to the script alone; it therefore runs in the background, and the traps below end it.
child=
attended() {
  local status=0
  # Descriptor 9 holds a lock. Build servers live on after the build and would keep it.
  "$@" </dev/null 9>&- &
  child=$!
  wait "$child" || status=$?
  child=
  return "$status"
}

stop_child() {
  trap '' INT TERM HUP
  if [[ -n $child ]]; then
    kill -TERM "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  exit "$1"
}
trap 'stop_child 129' HUP
trap 'stop_child 130' INT
trap 'stop_child 143' TERM

# lock NAME: one set-up, build or test run at a time in this folder. Held until unlock or the end of the script.
lock() {
  if ! { mkdir -p "$tools" && : >>"$tools/$1.lock"; } 2>/dev/null; then
    fail "The folder $tools can't be written." "Pinned tools and locks live there." "Make it writable for $(id -un), or work in a copy that is."
  fi
  exec 9>>"$tools/$1.lock"
  flock --nonblock 9 && return
  say "Waiting for another $1 in this folder to end ..."
  flock 9 &
  child=$!
  wait "$child"
  child=
}
unlock() { exec 9>&-; }
