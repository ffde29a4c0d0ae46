# Shared by the scripts in ci/: stages with their logs, times and results.
# shellcheck shell=bash

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PYTHON=/usr/bin/python3
JOBS=$(nproc)
export PYTHON JOBS

# Starts a run: a folder for logs and results, or the one of the script that called this one.
begin_run() {
  if [[ -z ${SSH2CORE_RESULTS:-} ]]; then
    SSH2CORE_RESULTS=$(mktemp -d "${TMPDIR:-/tmp}/ssh2core-ci.XXXXXX")
    export SSH2CORE_RESULTS
  fi
}

minutes_since() {
  awk -v from="$1" -v to="$(date +%s.%N)" 'BEGIN { printf "%.1f min", (to - from) / 60 }'
}

# stage NAME COMMAND...: runs the command with its output in a log and says in a line how it went.
# A command that writes test results writes them to $RESULT (JUnit XML). Returns 0 or 1.
stage() {
  local name=$1 start code=0 file
  shift
  file=$SSH2CORE_RESULTS/${name//[^a-z0-9]/-}
  RESULT=$file.xml
  export RESULT
  start=$(date +%s.%N)
  printf -- '-- %-34s' "$name"
  "$@" >"$file.log" 2>&1 </dev/null || code=$?
  if [[ -e $RESULT ]]; then
    printf '%9s  %s\n' "$(minutes_since "$start")" "$($PYTHON "$TOP/ci/summary.py" line "$RESULT")"
    $PYTHON "$TOP/ci/summary.py" failures "$RESULT"
  elif [[ $code == 0 ]]; then
    printf '%9s  ok\n' "$(minutes_since "$start")"
  fi
  [[ $code == 0 ]] && return 0
  echo "$name" >"$file.failed"
  if [[ ! -e $RESULT ]]; then
    printf '%9s  FAILED (exit %s)\n' "$(minutes_since "$start")" "$code"
  fi
  if [[ ! -e $RESULT ]] || $PYTHON "$TOP/ci/summary.py" clean "$RESULT"; then
    tail -n 60 "$file.log" | sed 's/^/   | /'
  fi
  return 1
}

# configure FOLDER OPTION...: with Ninja, unless the folder was configured otherwise by hand.
configure() {
  local folder=$1 generator=()
  shift
  [[ -e $folder/CMakeCache.txt ]] || generator=(-G Ninja)
  cmake -S "$TOP" -B "$folder" "${generator[@]}" "$@"
}

# Files of the project: tracked ones and new ones that are not ignored. Works without git, too.
project_files() {
  if git -C "$TOP" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git -C "$TOP" ls-files --cached --others --exclude-standard | while IFS= read -r file; do
      if [[ -f $TOP/$file ]]; then echo "$file"; fi
    done
  else
    (cd "$TOP" && find . -type d \( -name 'build' -o -name 'build-*' -o -name .git \
      -o -name __pycache__ \) -prune -o -type f -printf '%P\n')
  fi | sort -u
}
