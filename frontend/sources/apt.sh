# add_repositories has apt read further repositories: $given/repositories has them,
# NUMBER.sources, and $given/keys the keys of some of them, NUMBER.

add_repositories() {
	[ -d "$given/repositories" ] || return 0
	suite=$([ ! -e /etc/os-release ] || . /etc/os-release; echo "${VERSION_CODENAME:-}")
	if [ -z "$suite" ] && grep -q '^Suites: @image$' "$given"/repositories/*; then
		echo "the image does not say which suite it is: write one, as in repositories: [{url: URL, suite: bookworm}]" >&2
		exit 1
	fi
	mkdir -p /etc/apt/sinter
	for file in "$given"/repositories/*; do
		name=$(basename "$file" .sources)
		sed "s|^Suites: @image$|Suites: $suite|" "$file" >"/etc/apt/sources.list.d/sinter-$name.sources"
		[ -f "$given/keys/$name" ] || continue
		# apt tells the two forms of keys by how the file is called.
		key=/etc/apt/sinter/$name.gpg
		if grep -q -e '-----BEGIN PGP' "$given/keys/$name"; then
			key=/etc/apt/sinter/$name.asc
		fi
		cp "$given/keys/$name" "$key"
		chmod 0644 "$key"
		echo "Signed-By: $key" >>"/etc/apt/sources.list.d/sinter-$name.sources"
	done
	# A repository that cannot be had would be no more than a warning.
	apt-get update -o APT::Update::Error-Mode=any
}
