#!/bin/sh
# Make sure that MuJoCo can render without a display. Where it cannot: install Debian's packages when this is root
# with apt, otherwise name them; the tests marked `gl` are then skipped by name (with CI=true they fail).
# Usage: headless_gl.sh PYTHON
set -u
python=$1
packages="libegl1 libgl1-mesa-dri libosmesa6"

works() {
  "$python" "$(dirname "$0")/headless_gl.py" >/dev/null 2>&1
}

works && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "headless OpenGL is missing: installing $packages"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  for package in $packages; do # one by one: newer releases have no libosmesa6, and EGL alone will do
    apt-get install -y -qq --no-install-recommends "$package" || true
  done
  works && exit 0
fi
echo "headless OpenGL is missing, so tests that render scenes are skipped. To run them: apt install $packages" >&2
exit 0
