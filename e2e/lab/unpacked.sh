# Writes dpkg's database for the packages that were extracted into $1, as dpkg
# would have if it could run there.
set -eu
info="$1/var/lib/dpkg/info"
mkdir -p "$info"
for deb in "$1"/var/cache/apt/archives/*.deb; do
	name=$(dpkg-deb -f "$deb" Package)
	if [ "$(dpkg-deb -f "$deb" Multi-Arch)" = same ]; then
		name="$name:$(dpkg-deb -f "$deb" Architecture)"
	fi
	dpkg-deb -f "$deb" | sed '1a Status: install ok unpacked' >>"$1/var/lib/dpkg/status"
	echo >>"$1/var/lib/dpkg/status"
	dpkg-deb --fsys-tarfile "$deb" | tar -t | sed 's/^\.//; s/^\/$/\/./; s/\(.\)\/$/\1/' >"$info/$name.list"
	dpkg-deb -I "$deb" md5sums >"$info/$name.md5sums"
done
