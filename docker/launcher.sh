#!/bin/sh
# Starts the program this file is named after with the Node that came with it. The daemon's NODE_*
# settings are its own business and must not steer ours.
unset NODE_OPTIONS NODE_EXTRA_CA_CERTS NODE_PATH
self=$0
case $self in
  /*) [ ! -L "$self" ] || self=$(readlink -f -- "$self") ;;
  *) self=$(readlink -f -- "$self") ;;
esac
home=${self%/bin/*}
# Flags come first, so an action is the last word.
for action; do :; done
case ${0##*/} in
  wws) bundle=$home/dist/root/rt/wws.cjs action= ;;
  wasm-image) bundle=$home/dist/wasm-image.cjs action= ;;
  *)
    bundle=$home/dist/containerd-shim-wws-v1.cjs
    [ "$action" != start ] || bundle=$home/dist/shim-server.cjs
    ;;
esac
if [ -d "$home/dist/lib" ]; then
  LD_LIBRARY_PATH=$home/dist/lib
  export LD_LIBRARY_PATH
fi
set -- "$home/dist/root/bin/node" --disable-warning=ExperimentalWarning --disable-sigusr1 "$bundle" "$@"
[ "$action" = start ] || exec "$@"

# `start` stays and becomes the server, but containerd waits for our end as well as for that of stdout and
# stderr: so it runs in the background and closes both once it has answered. Without an answer it has failed,
# and said why.
exec 3<&0
answer=$("$@" <&3 3<&- &)
[ -n "$answer" ] && printf %s "$answer"
