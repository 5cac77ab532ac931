#!/bin/sh
# Starts the program this file is named after with the Node that came with it. The daemon's NODE_*
# settings are its own business and must not steer ours.
unset NODE_OPTIONS NODE_EXTRA_CA_CERTS NODE_PATH
self=$(readlink -f -- "$0")
home=${self%/bin/*}
program=${0##*/}
case $program in
  wws) bundle=$home/dist/root/rt/wws.cjs ;;
  wasm-image) bundle=$home/dist/wasm-image.cjs ;;
  *) bundle=$home/dist/containerd-shim-wws-v1.cjs ;;
esac
if [ -d "$home/dist/lib" ]; then
  LD_LIBRARY_PATH=$home/dist/lib
  export LD_LIBRARY_PATH
fi
exec "$home/dist/root/bin/node" --disable-warning=ExperimentalWarning --disable-sigusr1 "$bundle" "$@"
