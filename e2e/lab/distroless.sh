# Makes a tree in $2 like distroless's from the packages in $1: the chosen ones
# alone, with status.d entries for scanners and no maintainer script run.
set -eu
debs=$1 tree=$2
mkdir -p "$tree/var/lib/dpkg/status.d"
for package in base-files netbase media-types tzdata ca-certificates libc6 libssl3; do
	deb=$(echo "$debs/${package}_"*.deb)
	dpkg-deb -x "$deb" "$tree"
	dpkg-deb -f "$deb" >"$tree/var/lib/dpkg/status.d/$package"
	dpkg-deb -I "$deb" md5sums >"$tree/var/lib/dpkg/status.d/$package.md5sums"
done
rm -rf "$tree/usr/share/man" "$tree/usr/share/lintian"
mkdir -p "$tree/etc/ssl/certs" "$tree/home/nonroot"
cat "$tree"/usr/share/ca-certificates/mozilla/*.crt >"$tree/etc/ssl/certs/ca-certificates.crt"
cat >"$tree/etc/passwd" <<-END
	root:x:0:0:root:/root:/sbin/nologin
	nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
	nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
END
cat >"$tree/etc/group" <<-END
	root:x:0:
	tty:x:5:
	staff:x:50:
	nobody:x:65534:
	nonroot:x:65532:
END
echo "hosts: files dns" >"$tree/etc/nsswitch.conf"
chmod 0700 "$tree/home/nonroot"
chown 65532:65532 "$tree/home/nonroot"
chmod 0755 "$tree"
tar --create --directory "$tree" --sort=name --numeric-owner \
	--mtime="@$SOURCE_DATE_EPOCH" --clamp-mtime --format=pax \
	--pax-option=delete=atime,delete=ctime --file "$3" .
