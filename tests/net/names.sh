#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runc-net: names, by whichever of the host's servers answers.
. "${E2E_STAGE:-${srcdir:-.}/tests}/net/lab.sh"

# Servers of the host; the file is replaced, as managers of networks do it.
resolv() {
	printf 'nameserver %s\n' "$@" >/etc/resolv.conf.new
	mv -f /etc/resolv.conf.new /etc/resolv.conf
}
# h_names NAME ADDR ANSWER: a name server in H
h_names() {
	lab host "exec $LAB/traffic dns $2 53 $3 >$LAB/$1.log 2>&1 & echo \$!" >"$NET.$1.pid"
	wait_for grep -q ready "$LAB/$1.log"
}
end_names() {
	local name
	for name in "$@"; do lab host "kill $(cat "$NET.$name.pid"); rm -f $LAB/$name.log"; done
}
ask() { in_c traffic ask "$@"; }
# answer ADDRESS MS WORDS…: that, and within so many ms
answer() {
	local want=$1 ms=$2 got
	shift 2
	got=$(ask "$@")
	is "${got% *}" "$want"
	[ "${got##* }" -le "$ms" ] || fail "it took ${got##* } ms"
}

t_of_the_host_by_udp_and_tcp() {
	h_names a 127.0.0.53 192.0.2.1
	resolv 127.0.0.53
	net_up
	answer 192.0.2.1 900 10.0.2.3 web.test
	answer 192.0.2.1 900 fd00::3 web.test
	answer 192.0.2.1 900 10.0.2.3 web.test tcp
	net_down
	end_names a
}
t_a_server_of_the_other_family() {
	h_names a ::1 192.0.2.6
	resolv ::1
	net_up
	answer 192.0.2.6 900 10.0.2.3 web.test
	answer 192.0.2.6 900 fd00::3 web.test
	net_down
	end_names a
}
t_the_first_is_silent() {
	h_names a 127.0.0.54 silent
	h_names b 127.0.0.53 192.0.2.2
	resolv 127.0.0.54 127.0.0.53
	net_up
	answer 192.0.2.2 3500 10.0.2.3 web.test
	# which one answers is known now
	answer 192.0.2.2 900 10.0.2.3 other.test
	is "$(grep -c asked "$LAB/a.log")" 1
	answer 192.0.2.2 900 10.0.2.3 web.test tcp
	net_down
	end_names a b
}
t_the_first_is_not_there() {
	h_names b 127.0.0.53 192.0.2.2
	resolv 127.0.0.54 192.0.2.99 127.0.0.53
	net_up
	# refused at once by the kernel; the second is beyond a gateway that says nothing
	answer 192.0.2.2 3500 10.0.2.3 web.test
	net_down
	end_names b
}
t_the_first_does_not_want_to() {
	h_names a 127.0.0.54 refuse
	h_names b 127.0.0.53 192.0.2.2
	resolv 127.0.0.54 127.0.0.53
	net_up
	answer 192.0.2.2 900 10.0.2.3 web.test
	# if nobody wants to, that is the answer
	resolv 127.0.0.54
	sleep 1.1
	answer "code 5" 900 10.0.2.3 web.test
	net_down
	end_names a b
}
t_the_hosts_servers_change() {
	h_names a 127.0.0.53 192.0.2.1
	h_names b 127.0.0.54 192.0.2.2
	resolv 127.0.0.53
	net_up
	answer 192.0.2.1 900 10.0.2.3 web.test
	answer 192.0.2.1 900 10.0.2.3 web.test tcp
	resolv 127.0.0.54
	# looked at again once a second; by TCP libslirp does the same once more
	wait_for_answer 192.0.2.2 10.0.2.3 web.test
	wait_for_answer 192.0.2.2 10.0.2.3 web.test tcp
	# in place
	echo "nameserver 127.0.0.53" >/etc/resolv.conf
	wait_for_answer 192.0.2.1 10.0.2.3 web.test
	# the old one may be gone by then: nobody waits for it
	resolv 127.0.0.54
	end_names a
	sleep 1.1
	answer 192.0.2.2 900 10.0.2.3 web.test
	net_down
	end_names b
}
wait_for_answer() {
	local want=$1
	shift
	wait_for is_answer "$want" "$@"
}
is_answer() {
	local want=$1
	shift
	[ "$(ask "$@" | cut -d' ' -f1)" = "$want" ]
}
t_a_link_to_elsewhere() {
	h_names a 127.0.0.53 192.0.2.1
	h_names b 127.0.0.54 192.0.2.2
	mkdir -p "$LAB/etc/managed" "$LAB/etc/managed2"
	echo "nameserver 127.0.0.53" >/etc/managed/resolv.conf
	echo "nameserver 127.0.0.54" >/etc/managed2/resolv.conf
	ln -sfn managed/resolv.conf /etc/resolv.conf.new
	mv -f /etc/resolv.conf.new /etc/resolv.conf
	net_up
	answer 192.0.2.1 900 10.0.2.3 web.test
	ln -sfn managed2/resolv.conf /etc/resolv.conf.new
	mv -f /etc/resolv.conf.new /etc/resolv.conf
	wait_for_answer 192.0.2.2 10.0.2.3 web.test
	net_down
	end_names a b
	rm -rf /etc/resolv.conf /etc/managed /etc/managed2
	resolv $X
}
t_servers_of_our_own_choice() {
	h_names a 127.0.0.53 192.0.2.1
	h_names b 127.0.0.54 192.0.2.2
	resolv 127.0.0.53
	net_up '.dnsServers = ["127.0.0.54"]'
	answer 192.0.2.2 900 10.0.2.3 web.test
	answer 192.0.2.2 900 10.0.2.3 web.test tcp
	resolv 127.0.0.53
	sleep 1.1
	answer 192.0.2.2 900 10.0.2.3 web.test
	net_down
	end_names a b
}
t_none_at_all() {
	resolv $X
	net_up '.dns = false'
	# nothing comes, and a connection is refused
	has "$(timeout 3 "${IN_C[@]}" traffic ask 10.0.2.3 web.test tcp)" refused
	is "$(timeout 2 "${IN_C[@]}" traffic ask 10.0.2.3 web.test)" ""
	net_down
}
t_many_questions_at_once() {
	local i
	h_names a 127.0.0.53 192.0.2.1
	resolv 127.0.0.53
	net_up
	for i in $(seq 60); do
		ask 10.0.2.3 "n$i.test" >"$CASE_DIR/answer.$i" &
	done
	wait_for all_answered 60
	net_down
	end_names a
}
all_answered() { [ "$(cat "$CASE_DIR"/answer.* | grep -c '^192.0.2.1')" = "$1" ]; }
t_a_container_that_serves_names_itself() {
	resolv $X
	net_up '.ports = [{protocol: "udp", host: "127.0.0.1", hostPort: 5300, guestPort: 53}]'
	server s "${IN_C[@]}" traffic dns 0.0.0.0 53 192.0.2.7
	is "$(in_c traffic ask 127.0.0.1 own.test | cut -d' ' -f1)" 192.0.2.7
	net_down
}
