#!/usr/bin/env bash
# Administers with curl and openssl, as people do who follow Ceph's guide.
# Arguments: URL of the server. Keys are in the environment, as for other clients.
set -euo pipefail
url=$1
host=${url#*://}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	echo "$*: status $status, $(cat "$work/body")" >&2
	exit 1
}

# send WANT METHOD TARGET HEADER...
send() {
	local want=$1 method=$2 target=$3 header args=()
	shift 3
	for header in "$@"; do args+=(-H "$header"); done
	status=$(curl --silent --show-error --noproxy '*' -o "$work/body" -w '%{http_code}' -X "$method" "${args[@]}" ${body+--data-binary "$body"} "$url$target")
	[ "$status" = "$want" ] || fail "$method $target"
}

# v2 WANT METHOD RESOURCE QUERY: the string to sign ends with the path, as in
# the Java example of Ceph's guide, which leaves sub-resources out.
v2() {
	local date string
	date=$(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S +0000')
	string=$(printf '%s\n\n\n%s\n%s' "$2" "$date" "$3")
	string=$(printf %s "$string" | openssl dgst -sha1 -hmac "$AWS_SECRET_ACCESS_KEY" -binary | openssl base64)
	send "$1" "$2" "$3?$4" "Date: $date" "Authorization: AWS $AWS_ACCESS_KEY_ID:$string"
}

sha256() { openssl dgst -sha256 -r | cut -d' ' -f1; }
hmac() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -r | cut -d' ' -f1; }

# v4 WANT METHOD RESOURCE QUERY: the query is sorted and encoded by the caller.
v4() {
	local stamp day payload request string key part
	stamp=$(date -u +%Y%m%dT%H%M%SZ)
	day=${stamp%T*}
	payload=$(printf %s "${body-}" | sha256)
	request=$(printf '%s\n%s\n%s\nhost:%s\nx-amz-content-sha256:%s\nx-amz-date:%s\n\nhost;x-amz-content-sha256;x-amz-date\n%s' \
		"$2" "$3" "$4" "$host" "$payload" "$stamp" "$payload")
	string=$(printf 'AWS4-HMAC-SHA256\n%s\n%s/default/s3/aws4_request\n%s' "$stamp" "$day" "$(printf %s "$request" | sha256)")
	key=$(printf 'AWS4%s' "$AWS_SECRET_ACCESS_KEY" | od -An -tx1 | tr -d ' \n')
	for part in "$day" default s3 aws4_request "$string"; do
		key=$(printf %s "$part" | hmac "$key")
	done
	send "$1" "$2" "$3?$4" "x-amz-date: $stamp" "x-amz-content-sha256: $payload" \
		"Authorization: AWS4-HMAC-SHA256 Credential=$AWS_ACCESS_KEY_ID/$day/default/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=$key"
}

shows() { grep -q -- "$1" "$work/body" || fail "no $1 in the answer"; }

v2 200 PUT /admin/user 'format=json&uid=alice&display-name=Alice&email=a@example.org&user-caps=usage=read,write;users=read'
shows '"type":"usage","perm":"\*"'
v2 409 PUT /admin/user 'uid=alice&display-name=again'
shows UserAlreadyExists
v2 200 GET /admin/user 'format=json&uid=alice'
v2 200 GET /admin/user 'quota&uid=alice&quota-type=user'
shows '"max_objects":-1'
v2 200 PUT /admin/user 'quota&uid=alice&quota-type=user&max-objects=10&enabled=true'
v2 200 PUT /admin/user 'subuser&uid=alice&subuser=alice:swift&access=full'
shows full-control
v2 200 PUT /admin/user 'key&uid=alice&access-key=SECOND&secret-key=secret'
v2 200 PUT /admin/user 'caps&uid=alice&user-caps=buckets=read;metadata=read'
v2 200 DELETE /admin/user 'caps&uid=alice&user-caps=metadata=read'
v2 200 GET /admin/usage 'format=json&uid=alice&start=2012-09-25%2016:00:00&end=2012-09-26&show-entries=true'
v2 200 GET /admin/info 'format=json'
shows '"name":"coffer"'
v2 200 GET /admin/user 'format=xml&uid=alice'
shows '<user_id>alice</user_id>'

v4 200 GET /admin/user 'format=json&uid=alice'
body='{"enabled":true,"max_size":1048576,"max_objects":20}'
v4 200 PUT /admin/user 'quota=&quota-type=bucket&uid=alice'
unset body
v4 200 GET /admin/user 'quota=&quota-type=bucket&uid=alice'
shows '"max_size":1048576'
v4 200 POST /admin/user 'max-buckets=3&suspended=true&uid=alice'
shows '"suspended":1'
v4 200 POST /admin/ratelimit 'enabled=true&max-read-ops=1024&ratelimit-scope=user&uid=alice'
v4 200 GET /admin/ratelimit 'ratelimit-scope=user&uid=alice'
shows '"max_read_ops":1024'
v4 200 DELETE /admin/user 'access-key=SECOND&key='
v4 200 DELETE /admin/user 'uid=alice'
v4 404 GET /admin/user 'uid=alice'
AWS_SECRET_ACCESS_KEY=wrong
v2 403 GET /admin/user 'uid=alice'
shows SignatureDoesNotMatch
v4 403 GET /admin/user 'uid=alice'
shows SignatureDoesNotMatch
echo all good
