#!/usr/bin/env bash
# Set-up: installs what is missing and says so in a line each; says nothing when nothing is.
# ./run and ./test do this by themselves. Alone: eng/setup.sh [run|test]
set -euo pipefail

# shellcheck source=eng/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=eng/prerequisites.sh
. "$root/eng/prerequisites.sh"
# shellcheck source=eng/tools.sh
. "$root/eng/tools.sh"
# shellcheck source=eng/servers.sh
. "$root/eng/servers.sh"
# shellcheck source=eng/prometheus.sh
. "$root/eng/prometheus.sh"
# shellcheck source=eng/packages.sh
. "$root/eng/packages.sh"

# Nobody is asked for anything, nothing is sent home.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 ASPIRE_CLI_TELEMETRY_OPTOUT=true

# set_up run|test
set_up() {
  require_home
  require_dotnet
  ensure_libraries
  ensure_tools
  ensure_servers "$1"
  if [[ $1 == test ]]; then
    offer_browser
    offer_containers
    offer_promtool
  fi
  choose_packages
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  case ${1:-run} in
    run | test) set_up "${1:-run}" ;;
    *)
      say "usage: eng/setup.sh [run|test]"
      exit 2
      ;;
  esac
fi
