#!/bin/sh
# Runs a command with the pinned Node first in PATH. Where this machine lacks a library that Node needs
# (a minimal Debian has no libatomic1), its package is unpacked into the cache; nothing is installed.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
case $(uname -m) in
  x86_64) arch=x64 ;;
  aarch64) arch=arm64 ;;
  *) echo "Cannot run on $(uname -m): Node is pinned for x86_64 and aarch64" >&2; exit 1 ;;
esac
bin=$here/node_modules/node-linux-$arch/bin
if [ ! -x "$bin/node" ]; then
  echo "Cannot find $bin/node: run \"make build\" in $here" >&2
  exit 1
fi

cache=${WWS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wws}
libraries=$cache/node-libraries/usr/lib/$(uname -m)-linux-gnu
if ! "$bin/node" --version >/dev/null 2>&1; then
  if [ ! -d "$libraries" ]; then
    echo "Unpacking the libraries Node needs into $cache" >&2
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    cd "$scratch"
    packages='libatomic1 libstdc++6 libgcc-s1'
    fetch='apt-get -qq -o APT::Sandbox::User=root'
    # Without package lists, as in a new container, the first attempt fails; the second one says why if it does.
    # shellcheck disable=SC2086
    $fetch download $packages >/dev/null 2>&1 || { $fetch update >&2 && $fetch download $packages >&2; }
    for package in ./*.deb; do dpkg -x "$package" unpacked; done
    mkdir -p "$cache"
    # Debian's merged /usr: some releases still ship /lib paths in packages.
    if [ -d unpacked/lib ]; then mkdir -p unpacked/usr && cp -a unpacked/lib unpacked/usr/ && rm -rf unpacked/lib; fi
    rm -rf "$cache/node-libraries"
    mv unpacked "$cache/node-libraries"
    cd "$here"
    rm -rf "$scratch"
    trap - EXIT
  fi
  LD_LIBRARY_PATH=$libraries
  export LD_LIBRARY_PATH
fi
PATH=$bin:$here/node_modules/.bin:$PATH
export PATH
unset NODE_OPTIONS
exec "$@"
