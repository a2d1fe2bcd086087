#!/bin/sh
# Make the environment in which Blender runs: Python 3.11 with the module bpy, apart from recam's own.
# usage: blender_venv.sh FOLDER. Blender is optional: where it cannot be had this says why and does not fail.
set -u
folder="$1"
right='import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))'
for python in "${BLENDER_PYTHON:-python3.11}" python3.11 python3 python; do
  if "$python" -c "$right" 2>/dev/null; then
    echo "installing Blender's module bpy into $folder (370 MB, once)"
    rm -rf "$folder"
    "$python" -m venv "$folder" &&
      "$folder/bin/python" -m pip install --disable-pip-version-check --quiet bpy==5.0.1 && exit 0
    rm -rf "$folder"
    echo "no Blender: bpy 5.0.1 could not be installed; its tests are skipped" >&2
    exit 0
  fi
done
echo "no Blender: bpy 5.0.1 wants Python 3.11, which is not here (BLENDER_PYTHON=... names one); its tests are skipped" >&2
