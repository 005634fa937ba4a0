# shellcheck shell=bash
# The official orchestrator (DCP), dashboard and command line: one pinned npm package, unpacked into .tools/aspire.
#   bin/aspire   the command line        bundle/dcp, bundle/managed   the orchestrator and the dashboard
#   stamp        which pins, and every file with its size; written last
# The folder is made beside its place and renamed into it, so it is there whole or not at all.

aspire_pins=$root/eng/aspire-cli
aspire_version=$(sed -n 's/.*aspire-cli-linux-x64": "\(.*\)".*/\1/p' "$aspire_pins/package.json")

pins() { cat "$aspire_pins/package-lock.json" "$aspire_pins/files.sha256" | cksum; }

# contents FOLDER: what the stamp says when the folder is right.
contents() {
  pins
  cd "$1" && readlink bundle && find bin versions -type f -printf '%s %p\n' | LC_ALL=C sort
}

# Empty when the tools are as they should be; else what is the matter with them.
tools_defect() {
  local folder=$tools/aspire
  if [[ ! -e $folder ]]; then
    echo absent
  elif [[ ! -f $folder/stamp ]]; then
    echo "left unfinished"
  elif [[ $(head -n 1 "$folder/stamp") != "$(pins)" ]]; then
    echo "of another version"
  elif [[ $(contents "$folder" 2>/dev/null) != "$(<"$folder/stamp")" ]]; then
    echo damaged
  fi
}

ensure_tools() {
  local defect
  # Whoever names both programs, as `aspire run` does, needs none of ours.
  [[ -z ${ASPIRE_DCP_PATH:-} || -z ${ASPIRE_DASHBOARD_PATH:-} ]] || return 0
  [[ -n $(tools_defect) ]] || return 0
  lock set-up
  defect=$(tools_defect)
  if [[ -n $defect ]]; then
    install_tools "$defect"
  fi
  unlock
}

# install_tools DEFECT: as tools_defect says it.
install_tools() {
  [[ $(uname -sm) == "Linux x86_64" ]] ||
    fail "No orchestrator is pinned for $(uname -sm)." "Set-up knows the linux-x64 package alone." \
      "Install the Aspire command line $aspire_version yourself and set ASPIRE_DCP_PATH to its bundle/dcp folder and ASPIRE_DASHBOARD_PATH to its bundle/managed/aspire-managed."
  require_npm
  if [[ $1 == absent ]]; then
    say "Installing the Aspire orchestrator and dashboard $aspire_version into .tools (450 MB, once) ..."
  else
    say "The tools in .tools/aspire are $1: installing $aspire_version again ..."
  fi
  # Under the lock nobody else is at work here: what lies around is from an interrupted set-up.
  rm -rf "$tools"/.new-*
  stage=$(mktemp -d "$tools/.new-XXXXXX")
  trap 'rm -rf "$stage"' EXIT
  mkdir -p "$stage/npm" "$stage/home" "$stage/aspire/bin"
  download_cli
  # Before it is run, and again with what it unpacked.
  verify bin/aspire
  unpack_bundle
  verify ''
  # The bundle leaves the orchestrator to the user who unpacked it; whoever may read this folder may start it.
  chmod -R a+rX "$stage/aspire"
  contents "$stage/aspire" >"$stage/stamp"
  mv "$stage/stamp" "$stage/aspire/stamp"
  [[ ! -e $tools/aspire ]] || mv "$tools/aspire" "$stage/replaced"
  mv "$stage/aspire" "$tools/aspire"
  rm -rf "$stage"
  trap - EXIT
}

# npm checks the archive against the sha512 in the lock file; the lock file names no registry, so any mirror will do.
download_cli() {
  local log=$tools/npm.log
  cp "$aspire_pins"/package*.json "$stage/npm"
  if ! attended env -C "$stage/npm" npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error >"$log" 2>&1; then
    if grep -q EINTEGRITY "$log"; then
      fail "The npm package of the Aspire command line $aspire_version is not the pinned one; nothing was installed." \
        "$(grep -io -m 1 'integrity checksum failed.*' "$log")" "Check which registry npm uses (npm config get registry), empty its cache (npm cache clean --force) and run this again."
    fi
    tail -n 15 "$log" >&2
    fail "npm could not install the Aspire command line $aspire_version." "npm's own words are above and in $log." "Put that right (network, proxy, registry, disk space) and run this again."
  fi
  mv "$stage/npm/node_modules/@microsoft/aspire-cli-linux-x64/bin/aspire" "$stage/aspire/bin/aspire" ||
    fail "The npm package holds no bin/aspire." "The package for linux-x64 was left out: npm is set up for another platform." "Unset npm's os, cpu, libc and omit settings and run this again."
}

# The command line carries the bundle. It checks what it unpacked through the layout that it finds beside itself, hence bin/ next to
# bundle/; with update notices on it would unpack a second copy at the same time and ask a package feed.
unpack_bundle() {
  local log=$tools/aspire-setup.log
  if ! attended env HOME="$stage/home" ASPIRE_HOME="$stage/home/.aspire" ASPIRE_CLI_TELEMETRY_OPTOUT=true DOTNET_CLI_TELEMETRY_OPTOUT=1 \
    features__updateNotificationsEnabled=false "$stage/aspire/bin/aspire" setup --install-path "$stage/aspire" --non-interactive --nologo >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    fail "The Aspire command line could not unpack its bundle." "Its own words are above and in $log." "Make room for 450 MB in $tools and run this again."
  fi
  # The link is absolute; a relative one survives the rename below and a user who moves the repository.
  ln -sfn "versions/$(basename "$(readlink "$stage/aspire/bundle")")" "$stage/aspire/bundle"
}

# verify FILE: the file, or with '' every pinned one, has the pinned sha256.
verify() {
  local sums
  sums=$(grep "$1\$" "$aspire_pins/files.sha256" | env -C "$stage/aspire" sha256sum --check --quiet --strict 2>&1) ||
    fail "The Aspire tools that npm delivered are not the pinned ones; nothing was installed." "${sums%%$'\n'*}" \
      "Check which registry npm uses (npm config get registry), empty its cache (npm cache clean --force) and run this again."
}
