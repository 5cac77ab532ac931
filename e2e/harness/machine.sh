#!/bin/bash
# Becomes process 1 of a small machine of the test's own, and ends it when standard input ends.
#
#   machine.sh TREE NETWORK MOUNTPOINT BIND...
#
# Called in fresh mount, pid, ipc and uts namespaces. The root is a tmpfs with the tree's programs read-only
# in it and everything that daemons write to empty, so that a leak shows. It is entered by pivot_root: in a
# mere chroot, setns(2) into a container's mount namespace would land in the real root instead.
set -euo pipefail
tree=${1%/} network=$2 root=$3
shift 3

mount --make-rprivate /
mount -t tmpfs -o mode=755 machine "$root"
cd "$root"

for entry in "$tree"/*; do
  name=${entry##*/}
  case $name in
    bin | sbin | lib* | usr | etc) ;;
    *) continue ;;
  esac
  if [ -L "$entry" ]; then
    cp -P "$entry" "$name"
  else
    mkdir "$name"
    mount --rbind "$entry" "$name"
    mount -o remount,bind,ro "$name"
  fi
done

mkdir -p dev proc sys run tmp root home mnt run/netns var/lib var/log var/tmp .outside
chmod 1777 tmp var/tmp
ln -s /run var/run

mount -t tmpfs -o mode=755 dev dev
mkdir dev/pts dev/shm dev/mqueue
for device in null zero full random urandom tty; do
  : >"dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
mount -t mqueue mqueue dev/mqueue
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr

mount -t proc proc proc
# A sysfs of its own, since /sys/class/net shows the network namespace it was mounted in.
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup

for path in "$@"; do
  [ -e "./$path" ] || mkdir -p "./$path"
  mount --bind "$path" "./$path"
done

pivot_root . .outside
cd /
umount -l /.outside
rmdir /.outside
# As on a machine with systemd: a container runtime that forgets to make its mounts private shows here.
mount --make-rshared /

hostname machine
if [ "$network" = private ]; then
  busybox ip link set lo up
  echo 1 >/proc/sys/net/ipv4/ip_forward
fi

echo ready
# bash reaps orphans while it waits here, as process 1 must.
while read -r _; do :; done
