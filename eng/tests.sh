# shellcheck shell=bash
# Runs test projects and adds up their results. An xunit.v3 project is a program: started directly it needs a third of a second, and a
# crash of it is an exit code at once, where `dotnet test` waits a minute for the lost host and then reports no failure.

# These start the whole application and have the machine to themselves.
alone=" AppHost.Tests "

results=$root/TestResults
projects=()
# Processes of running projects, by process id.
declare -A running=()

# select_projects [NAME...]: the solution's projects under tests/ whose names end in .Tests.
select_projects() {
  local all name
  mapfile -t all < <(sed -n 's/^Project(.*"tests[\\/].*[\\/]\([^\\/"]*\.Tests\)\.csproj".*/\1/p' "$root/App.sln")
  if (($# == 0)); then
    projects=("${all[@]}")
    return
  fi
  for name in "$@"; do
    name=${name%.Tests}.Tests
    [[ " ${all[*]} " == *" $name "* ]] || refuse "there is no test project $name (there are: ${all[*]})."
    projects+=("$name")
  done
}

program() { echo "$root/artifacts/bin/$1/debug/$1.dll"; }

list_tests() {
  local project
  for project in "${projects[@]}"; do
    attended dotnet "$(program "$project")" -noLogo -noColor -list tests "${options[@]}"
  done
}

# A shell between us and the project turns a death by signal into an exit code, and keeps bash's line about it in the log.
start_project() {
  local name=$1
  rm -f "$results/$name".*
  (
    trap 'stop_child 143' TERM
    # Started by `timeout` in a process group of its own, so that a project that hangs takes its helpers with it.
    attended timeout --kill-after=20 "${TEST_MINUTES:-20}m" dotnet "$(program "$name")" -noLogo -noColor -noAutoReporters -reporter verbose \
      -xml "$results/$name.xml" -trx "$results/$name.trx" "${options[@]}"
  ) >"$results/$name.log" 2>&1 9>&- &
  running[$!]=$name
}

stop_projects() {
  trap '' INT TERM HUP
  kill -TERM "${!running[@]}" 2>/dev/null || true
  wait
  say "Stopped."
  exit "$1"
}

# attribute FILE NAME: a count from the <assembly> element, which is one line.
attribute() { sed -n "s/.*<assembly [^>]* $2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1; }

# The lines of one kind of test with what stands indented below them: the reason, the message, the stack, the output.
blocks() {
  awk -v mark="[$2]" '
    /^    [^ ].* \[(FAIL|SKIP|PASS|STARTING|FINISHED|NOT RUN)\]/ { shown = index($0, mark) > 0; if (shown) print; next }
    /^    [^ ]/ || /^[^ ]/ || /^  [A-Z]/ { shown = 0 }
    shown' "$1"
}

# Tests that were started and never came to an end.
unfinished() {
  awk '/^    .* \[STARTING\]$/ { sub(/ \[STARTING\]$/, ""); open[$0] = 1 }
       /^    .* \[FINISHED\]/ { sub(/ \[FINISHED\].*/, ""); delete open[$0] }
       END { for (name in open) print "  was running:" substr(name, 4) }' "$1"
}

# excerpt: the input, indented, its first 20 lines, cut to a readable width. Reads to the end, so that nobody upstream gets a SIGPIPE.
excerpt() { cut -c 1-160 | sed -n '1,20s/^/    /p'; }

# report NAME STATUS: prints what there is to say about one project and adds to passed, failed and skipped.
report() {
  local name=$1 status=$2 log=$results/$1.log xml=$results/$1.xml good=0 bad=0 left=0 ending=
  if [[ -s $xml ]]; then
    good=$(attribute "$xml" passed)
    bad=$(($(attribute "$xml" failed) + $(attribute "$xml" errors)))
    left=$(attribute "$xml" skipped)
  fi
  if ((status == 124 || status == 137)); then
    ending="took longer than ${TEST_MINUTES:-20} minutes and was stopped"
  elif [[ ! -s $xml ]]; then
    ending="ended with exit code $status before it reported a result"
  elif ((status != 0 && bad == 0)); then
    ending="ended with exit code $status though no test failed"
  fi
  [[ -z $ending ]] || ((bad += 1))
  echo "$name: $good passed, $bad failed, $left skipped"
  blocks "$log" SKIP
  blocks "$log" FAIL
  if [[ -n $ending ]]; then
    echo "  $name $ending; its output is in TestResults/$name.log:"
    unfinished "$log"
    grep -vE '\[(STARTING|FINISHED|FAIL|SKIP)\]|^  (Discover|Starting)' "$log" | excerpt || true
  elif ((bad > 0)) && ! grep -q '\[FAIL\]' "$log"; then
    tail -n 20 "$log" | excerpt
  fi
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
}

# finish_one: waits until a project ends, and reports it; may come back without one. `wait -n` complains about a process that ended before
# the call, hence the 2>, and doesn't say reliably which one ended, hence the search.
finish_one() {
  local pid status=0
  wait -n "${!running[@]}" 2>/dev/null || true
  for pid in "${!running[@]}"; do
    kill -0 "$pid" 2>/dev/null && continue
    wait "$pid" || status=$?
    report "${running[$pid]}" "$status"
    unset "running[$pid]"
    return
  done
}

run_tests() {
  local name jobs shared=() single=()
  passed=0 failed=0 skipped=0
  jobs=${TEST_JOBS:-$(($(nproc) < 4 ? $(nproc) : 4))}
  mkdir -p "$results"
  trap 'stop_projects 129' HUP
  trap 'stop_projects 130' INT
  trap 'stop_projects 143' TERM
  for name in "${projects[@]}"; do
    if [[ $alone == *" $name "* ]]; then single+=("$name"); else shared+=("$name"); fi
  done
  for name in "${shared[@]}"; do
    while ((${#running[@]} >= jobs)); do finish_one; done
    start_project "$name"
  done
  while ((${#running[@]})); do finish_one; done
  for name in "${single[@]}"; do
    start_project "$name"
    while ((${#running[@]})); do finish_one; done
  done
  if ((passed + failed + skipped == 0)); then
    echo "No test was run: nothing matches."
    failed=1
  fi
  echo "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0))
}
