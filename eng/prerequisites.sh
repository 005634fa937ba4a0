# shellcheck shell=bash
# What a user brings: a home folder, the .NET SDK with the system's libraries that it needs, and (only while something is to be installed
# from npm) Node.js.

# NuGet, the SDK and the orchestrator keep state below HOME and fail late, each in its own words, when they can't.
require_home() {
  local folder probe
  local why="Packages, user secrets and the orchestrator's state are kept there."
  local remedy="Set HOME to a folder that exists and that you can write to, for example: HOME=\$(mktemp -d) $0"
  [[ -n ${HOME:-} ]] || fail "HOME is not set." "$why" "$remedy"
  [[ -d $HOME ]] || fail "The home folder $HOME does not exist." "$why" "$remedy"
  probe=$(mktemp "$HOME/.slipway-XXXXXX" 2>/dev/null) || fail "The home folder $HOME can't be written." "$why" "$remedy"
  rm -f "$probe"
  for folder in .aspire .cache .dcp .dotnet .microsoft .nuget .nuget/packages; do
    [[ ! -e $HOME/$folder || -w $HOME/$folder ]] ||
      fail "The folder $HOME/$folder can't be written." "It keeps state of the SDK, of packages or of the orchestrator." "Give it back to its user: sudo chown -R $(id -un) $HOME/$folder"
  done
}

require_dotnet() {
  local sdks runtimes
  local remedy="Install the .NET 10 SDK (Debian, Ubuntu: package dotnet-sdk-10.0 of Microsoft's or Ubuntu's feed) and put dotnet on the PATH."
  command -v dotnet >/dev/null || fail "dotnet was not found on the PATH." "The application is built and run with the .NET 10 SDK." "$remedy"
  sdks=$'\n'$(dotnet --list-sdks)
  runtimes=$'\n'$(dotnet --list-runtimes)
  [[ $sdks == *$'\n10.'* ]] ||
    fail "No .NET 10 SDK is installed (found: $(cut -d' ' -f1 <<<"${sdks#?}" | paste -sd' ' -))." "The projects target net10.0." "$remedy"
  [[ $runtimes == *$'\nMicrosoft.AspNetCore.App 10.'* ]] ||
    fail "The ASP.NET Core 10 runtime is not installed." "The services run on it." "$remedy"
}

# has_library NAME: where Debian, Ubuntu and others keep it, or where the environment says.
has_library() {
  local folder folders
  IFS=: read -ra folders <<<"${SLIPWAY_LIBRARIES:-/usr/lib/*:/usr/lib:/usr/lib64:/usr/local/lib:${LD_LIBRARY_PATH:-}}"
  for folder in "${folders[@]}"; do
    if [[ -n $folder ]] && compgen -G "$folder/$1.so.*" >/dev/null; then return 0; fi
  done
  return 1
}

# The packages of .NET and Node.js pull these in; a copied or unpacked .NET comes without and aborts with a stack trace.
ensure_libraries() {
  local missing=() why="The .NET that is installed here needs these libraries of the system." names
  command -v apt-get >/dev/null || return 0
  # A pattern, as apt takes it: the package has its version in its name.
  [[ ${DOTNET_SYSTEM_GLOBALIZATION_INVARIANT:-} =~ ^(1|[Tt]rue)$ ]] || has_library libicuuc || missing+=('^libicu[0-9]+$')
  has_library libssl || missing+=(openssl)
  [[ -n ${SSL_CERT_FILE:-} || -s /etc/ssl/certs/ca-certificates.crt ]] || missing+=(ca-certificates)
  ((${#missing[@]})) || return 0
  names=$(printf "'%s' " "${missing[@]}")
  ((EUID == 0)) || fail "Not installed: ${missing[*]}." "$why" "sudo apt-get install ${names% }"
  lock set-up
  say "Installing ${missing[*]} ..."
  apt_install "${missing[@]}" || fail "apt-get could not install: ${missing[*]}." "Its own words are above and in $tools/apt.log." "apt-get install ${names% }"
  unlock
}

require_npm() {
  local why="The Aspire orchestrator and dashboard come from an npm package." version
  local remedy="Install Node.js 18 or newer with npm (Debian, Ubuntu: sudo apt-get install nodejs npm), then run this again."
  command -v node >/dev/null || fail "Node.js (node) was not found on the PATH." "$why" "$remedy"
  command -v npm >/dev/null || fail "npm was not found on the PATH." "$why" "$remedy"
  version=$(node --version) || version=none
  version=${version#v}
  ((${version%%.*} >= 18)) 2>/dev/null || fail "Node.js $version is too old." "$why" "$remedy"
}
