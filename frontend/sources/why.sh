# Says why its arguments, packages, cannot be installed, in /run/sinter-why/answer.
# A line has a word and what follows it:
#
#	manager NAME           the package manager
#	update TEXT            the lists of packages cannot be had
#	said PACKAGE TEXT      what the package manager says of one of them
#	version NAME VERSION   there is this version of a package
#	name NAME              there is this package
#
# Nothing here fails the step: what is not found out is not said.
given=/run/sinter
answer=/run/sinter-why/answer
: >"$answer"

# each runs a command for each package, and keeps what it says if it fails.
each() {
	for package in $packages; do
		"$@" "$package" >/tmp/sinter-why 2>&1 && continue
		grep -E '^(E: |ERROR: |Error: |  [^ ])' /tmp/sinter-why | sed "s|^|said $package |" >>"$answer"
		grep -q "^said $package " "$answer" || echo "said $package " >>"$answer"
	done
}

names() { sed 's/^/name /' >>"$answer"; }

packages="$*"
if command -v apt-get >/dev/null 2>&1; then
	echo "manager apt-get" >>"$answer"
	. "$given/apt"
	if ! { apt-get update -o APT::Update::Error-Mode=any && add_repositories; } >/tmp/sinter-why 2>&1; then
		grep -E '^(E|Err|W):' /tmp/sinter-why | grep -v 'Some index files' | head -n 3 | sed 's/^/update /' >>"$answer"
	fi
	each apt-get install -s --no-install-recommends --allow-downgrades
	for package in $packages; do
		apt-cache madison "${package%%[=/]*}" 2>/dev/null | sed -n 's/^ *\([^ |]*\) *| *\([^ |]*\) .*/version \1 \2/p' >>"$answer"
	done
	apt-cache pkgnames | names
elif command -v apk >/dev/null 2>&1; then
	echo "manager apk" >>"$answer"
	apk update >/tmp/sinter-why 2>&1 || sed -n 's/^\(ERROR\|WARNING\): /update &/p' /tmp/sinter-why | head -n 3 >>"$answer"
	each apk add --simulate
	for package in $packages; do
		name=${package%%[=<>~@]*}
		apk policy "$name" 2>/dev/null | sed -n "s/^  \([^ ]*\):\$/version $name \1/p" >>"$answer"
	done
	apk search -q 2>/dev/null | names
else
	for manager in dnf microdnf; do
		command -v $manager >/dev/null 2>&1 || continue
		echo "manager $manager" >>"$answer"
		for package in $packages; do
			[ -n "$($manager repoquery -q "$package" 2>/dev/null)" ] || echo "said $package no package of that name" >>"$answer"
		done
		$manager repoquery -q --qf '%{name}\n' 2>/dev/null | sort -u | names
		break
	done
	if command -v zypper >/dev/null 2>&1; then
		echo "manager zypper" >>"$answer"
		each zypper --non-interactive install --no-recommends --dry-run
		zypper -q search -t package 2>/dev/null | awk -F'|' 'NR > 2 { gsub(/ /, "", $2); print $2 }' | names
	fi
fi
rm -f /tmp/sinter-why
exit 0
