# shellcheck shell=bash
# Builds quietly, and for ./run only when something changed.

# changed_since FILE: has any source file or folder been touched since? A deleted file touches its folder.
changed_since() {
  [[ -n $(find "$root" -mindepth 1 \( -name .git -o -name node_modules -o -path "$root/.tools" -o -path "$root/artifacts" -o -path "$root/TestResults" \
    -o -path "$root/docs" \) -prune -o -newer "$1" -print -quit) ]]
}

# build TARGET: a project or solution, relative to the repository. Shows the output only when the build fails.
build() {
  local log
  mkdir -p "$root/artifacts"
  log=$root/artifacts/build-$(basename "$1").log
  lock build
  if ! attended dotnet build "$root/$1" -v q -nologo -tl:off -clp:NoSummary >"$log" 2>&1; then
    grep -E '(error|warning) [A-Z]+[0-9]+|error *:' "$log" | sort -u >&2 || cat "$log" >&2
    return 1
  fi
  unlock
}

# build_if_changed PROJECT-FOLDER: as build, or nothing at all when its last build is newer than every source file.
build_if_changed() {
  local name stamp state
  name=$(basename "$1")
  stamp=$root/artifacts/built/$name
  # The folder: paths are compiled into the application model. The SDK: a new one may bring new analyzers and runtimes.
  state="$root $AspirePackages $(dotnet --list-sdks | tail -n 1)"
  if [[ -f $stamp && -f $root/artifacts/bin/$name/debug/$name.dll && $(<"$stamp") == "$state" ]] && ! changed_since "$stamp"; then
    return 0
  fi
  say "Building ..."
  mkdir -p "$root/artifacts/built"
  # Dated before the build, so that what is edited meanwhile counts as changed.
  echo "$state" >"$stamp.new"
  build "$1" || fail "The build of $1 failed." "The compiler's words are above." "Put that right and run this again."
  mv "$stamp.new" "$stamp"
}
