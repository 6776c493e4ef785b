# Runs Docker's engine in the tree $1, with what it writes in the directory $2, which the
# tree has as /state, and with the other arguments as flags.
set -e
tree=$1 state=$2
shift 2
mount --bind "$tree" "$tree"
cd "$tree"
mount --bind "$state" state
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
pivot_root . host
umount -l /host
ip link set lo up
exec dockerd --data-root /state/data --exec-root /run/docker --pidfile /run/docker.pid \
	--host unix:///state/docker.sock "$@"
