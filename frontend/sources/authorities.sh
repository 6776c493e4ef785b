# Installs the certificates of authorities, without which apt does not know who the
# server of an https repository is. It is a step of its own, for BuildKit's proxy
# network adds its certificate to those that are there when a step begins.
set -eu
if [ ! -e /etc/ssl/certs/ca-certificates.crt ] && command -v apt-get >/dev/null 2>&1; then
	export DEBIAN_FRONTEND=noninteractive
	apt-get update
	apt-get install -y --no-install-recommends ca-certificates
	rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb
fi
