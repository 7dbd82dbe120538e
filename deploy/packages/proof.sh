#!/usr/bin/env bash
# What the packages promise, step by step; prove runs it in a container of its own.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
# shellcheck source=../../.ci/steps.sh
. ./steps.sh

details() { systemctl status --no-pager --full cleaner.service; }
as_cleaner() { runuser -u cleaner -- cleaner "$@" --config /etc/cleaner/cleaner.yaml; }
active() { [ "$(systemctl is-active cleaner.service)" = "$1" ]; }
running() { says "\"version\":\"$1\"" fetch 127.0.0.1 9464 /status; }
ledger() { as_cleaner status | grep -E "^$1 +$2"; }
gone() { ! [ -e "$1" ]; }
listed() { grep -qF "$1" <<<"$contents" || { echo "$1 is missing" && return 1; }; }

holds() { # what is in a package
	local file
	for file in /etc/cleaner/cleaner.yaml /usr/bin/cleaner /usr/lib/sysusers.d/cleaner.conf /usr/lib/tmpfiles.d/cleaner.conf \
		/usr/lib/systemd/system/cleaner{,-run}.service /usr/lib/systemd/system/cleaner-run.timer \
		/usr/share/man/man1/cleaner{,-run,-serve,-dead-requeue}.1.gz \
		/usr/share/bash-completion/completions/cleaner /usr/share/fish/vendor_completions.d/cleaner.fish \
		/usr/share/doc/cleaner/{README.md,CHANGELOG.md,docs/verdicts.md,deploy/systemd/README.md,deploy/prometheus/cleaner.rules.yml,configs/cleaner.example.yaml} "$@"; do
		listed "$file" || return 1
	done
}

manual() { # the page of the program has the sections that are not made from its help
	local section
	for section in 'EXIT STATUS' ENVIRONMENT FILES; do
		zcat /usr/share/man/man1/cleaner.1.gz | grep -qx "\.SH $section" || { echo "$section is missing" && return 1; }
	done
}

configure() {
	sed -i -e 's|region: ""|region: cn-north-4\n  endpoint: http://127.0.0.1:8080\n  iam_endpoint: http://127.0.0.1:8080|' \
		-e 's|domain: ""|domain: account|' -e 's|user: ""|user: operator|' /etc/cleaner/cleaner.yaml
	printf 'limits: {rate: 1000, burst: 100}\n' >>/etc/cleaner/cleaner.yaml
	install -m 600 /dev/stdin /etc/credstore/cleaner.password <<<a-password
}

deleted() { # N: so many in all, when a pass was made over these IDs
	seq "$1" | awk '{ printf "%032x\n", $1 }' | as_cleaner load - && as_cleaner trigger && within 20 ledger deleted "$1"
}

# shellcheck disable=SC2086 # what is to be done is given in words
# install, upgrade and erase are commands of the packager; all else is alike.
prove() { # NAME INSTALL UPGRADE ERASE
	local name=$1 install=$2 upgrade=$3 erase=$4
	step "$name: it is installed" $install
	step "$name: nothing is started" active inactive
	step "$name: nothing is enabled" says disabled systemctl is-enabled cleaner.service
	step "$name: the units are in order" verified /usr/lib/systemd/system/cleaner{,-run}.service /usr/lib/systemd/system/cleaner-run.timer
	step "$name: only root may write the configuration, and only cleaner read it" says '640 root cleaner' stat -c '%a %U %G' /etc/cleaner/cleaner.yaml
	step "$name: the folders are cleaner's alone" says '700 cleaner' stat -c '%a %U' /var/lib/cleaner /var/lib/cleaner/spool
	step "$name: bash completes" says 'complete' bash -c '. /usr/share/bash-completion/completions/cleaner && complete -p cleaner'
	step "$name: the manual has its sections" manual
	step "$name: it does not start unconfigured" refused systemctl start cleaner.service
	configure
	systemctl reset-failed cleaner.service
	step "$name: it is enabled and starts" systemctl enable --now cleaner.service
	step "$name: it runs in the old version" within 5 running v0.0.1
	step "$name: it deletes" deleted 100
	step "$name: it is upgraded" $upgrade
	step "$name: it runs again, in the new version" within 10 running v0.0.1-3-gabcdef
	step "$name: the configuration is still the operator's" grep -q 'rate: 1000' /etc/cleaner/cleaner.yaml
	step "$name: it is still enabled" says enabled systemctl is-enabled cleaner.service
	step "$name: the ledger knows what was deleted" ledger deleted 100
	step "$name: it goes on" deleted 150
	step "$name: it is removed, and says what stays" says '/var/lib/cleaner is kept' $erase
	step "$name: it has stopped" within 5 active inactive
	step "$name: the program is gone" gone /usr/bin/cleaner
	step "$name: the units are gone" refused systemctl cat cleaner.service
	step "$name: the ledger stays" test -s /var/lib/cleaner/queue.db
}

contents=$(dpkg-deb --fsys-tarfile ./cleaner_0.0.1_*.deb | tar -t | sed 's|^\.||')
step 'the .deb holds it all' holds /usr/share/doc/cleaner/copyright /usr/share/zsh/vendor-completions/_cleaner
contents=$(rpm -qlp ./cleaner-0.0.1-1.*.rpm)
step 'the .rpm holds it all' holds /usr/share/licenses/cleaner/LICENSE /usr/share/zsh/site-functions/_cleaner
later=$(dpkg-deb -f ./cleaner_0.0.1+*.deb Version)
step 'what comes after a tag is later than it' dpkg --compare-versions 0.0.1 lt "$later"
step 'and earlier than the next' dpkg --compare-versions "$later" lt 0.0.2

install -m 755 "$(dpkg-deb --fsys-tarfile ./cleaner_0.0.1_*.deb | tar -xO ./usr/bin/cleaner >/sim && echo /sim)" /usr/local/bin/sim
systemd-run --quiet --unit=sim --setenv=CLEANER_PASSWORD=a-password /usr/local/bin/sim sim
step 'the simulated service answers' within 5 fetch 127.0.0.1 8080 /sim/truth

prove .deb 'dpkg --install ./cleaner_0.0.1_*.deb' 'dpkg --install ./cleaner_0.0.1+*.deb' 'dpkg --remove cleaner'
step '.deb: the configuration stays' test -s /etc/cleaner/cleaner.yaml
step '.deb: it is purged, and says what stays' says '/var/lib/cleaner is kept' dpkg --purge cleaner
step '.deb: the configuration is gone' gone /etc/cleaner/cleaner.yaml
step '.deb: the ledger stays' test -s /var/lib/cleaner/queue.db
mv /var/lib/cleaner /var/lib/cleaner.deb
systemctl restart sim.service # with all task IDs there again

# rpm knows nothing of what dpkg has installed: hence --nodeps.
rpm() { command rpm --dbpath /rpm --nodeps "$@"; }
command rpm --dbpath /rpm --initdb
step 'the simulated service answers again' within 5 fetch 127.0.0.1 8080 /sim/truth
prove .rpm 'rpm -i ./cleaner-0.0.1-1.*.rpm' 'rpm -U ./cleaner-0.0.1+*.rpm' 'rpm -e cleaner'
step '.rpm: a configuration that was edited stays' test -s /etc/cleaner/cleaner.yaml.rpmsave
echo "the packages do all of it"
