#!/bin/sh
# Print the first Python that can make recam's environment (3.11 to 3.14, with venv and ensurepip), or nothing.
# With --explain: say on stderr why there is none and what to do.
# As root on Debian, where python3 often lacks only its venv module, that package is added.
set -u

right_version='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'

find_one() {
  for candidate in python3 python3.13 python3.12 python3.11 python3.14 python; do
    if "$candidate" -c "$right_version" 2>/dev/null && "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
      "$candidate" -c 'import sys; print(sys.executable)'
      return 0
    fi
  done
  return 1
}

if [ "${1:-}" = --explain ]; then
  echo "recam needs Python 3.11 to 3.14 with its venv module; found: $(python3 --version 2>&1 || echo none)." >&2
  echo "Install one (Debian, Ubuntu: apt install python3 python3-venv) or name one: make PYTHON=/path/to/python3 ..." >&2
  exit 2
fi
find_one && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && python3 -c "$right_version" 2>/dev/null; then
  package="python$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package") >&2 && find_one
fi
exit 0
