# Installs its arguments with whichever package manager the image has, and nothing
# that they merely recommend. /run/sinter/repositories has further repositories of
# apt, NUMBER.sources, and /run/sinter/keys the keys of some of them, NUMBER.
set -eu
given=/run/sinter

. "$given/apt"

if command -v apt-get >/dev/null 2>&1; then
	export DEBIAN_FRONTEND=noninteractive
	# Slim images lack these, and some packages fail to set themselves up then.
	mkdir -p /usr/share/man/man1 /usr/share/man/man7 /usr/share/man/man8
	apt-get update
	add_repositories
	apt-get install -y --no-install-recommends --allow-downgrades "$@"
	rm -rf /etc/apt/sources.list.d/sinter-*.sources /etc/apt/sinter
	rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb
elif [ -d "$given/repositories" ]; then
	echo "repositories are for images with apt, and this one has no apt-get" >&2
	exit 1
elif command -v apk >/dev/null 2>&1; then
	apk add --no-cache "$@"
elif command -v dnf >/dev/null 2>&1; then
	dnf install -y --setopt=install_weak_deps=0 "$@"
	dnf clean all
elif command -v microdnf >/dev/null 2>&1; then
	microdnf install -y --setopt=install_weak_deps=0 "$@"
	microdnf clean all
elif command -v zypper >/dev/null 2>&1; then
	zypper --non-interactive install --no-recommends "$@"
	zypper clean --all
else
	echo "no package manager found: apt-get, apk, dnf, microdnf and zypper are known" >&2
	exit 1
fi
