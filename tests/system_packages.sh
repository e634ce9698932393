#!/usr/bin/env bash
# Install Debian packages, as root or through sudo; say what to do when neither works.
set -euo pipefail
if [ "$(id -u)" = 0 ]; then as_root=""; elif command -v sudo >/dev/null; then as_root="sudo"; else
  echo "Please install as root: apt-get install $*" >&2; exit 1
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
$as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null
