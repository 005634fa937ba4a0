# shellcheck shell=bash
# Official Aspire packages where the registry in use can restore them, their stand-ins (aspire/) where it can't.
# AspirePackages=true|false in the environment decides without a look. The answer is kept in .tools/aspire-packages until the
# versions, the list of packages or NuGet's configuration change.

nuget_configuration() {
  local file folder=$root
  for file in "$HOME"/.nuget/NuGet/NuGet.Config "$HOME"/.config/NuGet/*.[Cc]onfig /etc/opt/NuGet/Config/*.[Cc]onfig; do
    [[ ! -f $file ]] || echo "$file"
  done
  while [[ -n $folder ]]; do
    for file in "$folder"/[Nn]u[Gg]et.[Cc]onfig; do
      [[ ! -f $file ]] || echo "$file"
    done
    folder=${folder%/*}
  done
}

choose_packages() {
  local answer=$tools/aspire-packages key log=$tools/aspire-packages.log files
  if [[ -n ${AspirePackages:-} ]]; then
    [[ $AspirePackages == true || $AspirePackages == false ]] ||
      fail "AspirePackages=$AspirePackages is neither true nor false." "true takes the official Aspire packages, false their stand-ins in aspire/." "Set one of the two, or unset it."
    export AspirePackages
    return
  fi
  mapfile -t files < <(nuget_configuration)
  key="$(cd "$root" && echo aspire/*/*.csproj) $(cat "$root/Directory.Packages.props" "$root"/eng/official-packages/*.csproj "${files[@]}" | cksum)"
  if [[ -f $answer && $(tail -n +2 "$answer") == "$key" ]]; then
    AspirePackages=$(head -n 1 "$answer")
  else
    mkdir -p "$tools"
    AspirePackages=false
    if attended dotnet restore "$root/eng/official-packages/official-packages.csproj" -v q -tl:off -p:MSBuildProjectExtensionsPath="$tools/official-packages/" \
      --disable-parallel >"$log" 2>&1; then
      AspirePackages=true
    fi
    if [[ $AspirePackages == false ]] && grep -q NU1301 "$log"; then
      # No answer says nothing about what the registry holds: ask again next time.
      say "The package registry in use did not answer: taking the stand-ins in aspire/ this time."
    else
      printf '%s\n%s\n' "$AspirePackages" "$key" >"$answer.new"
      mv "$answer.new" "$answer"
      if [[ $AspirePackages == true ]]; then
        say "The registry in use has the official Aspire packages: taking those."
      else
        say "The registry in use lacks official Aspire packages: taking their stand-ins in aspire/."
      fi
    fi
  fi
  export AspirePackages
}
