#!/usr/bin/env bash
# Sends one request as the clients of the ostor API do and prints the status and
# then the answer.
#
#   ostor_curl.sh STYLE METHOD URL [FILE]
#
# STYLE is how the request is framed: "bash" signs x-amz-content-sha256 and gives
# a length with every method, also with GET; "old" gives none with PUT and POST;
# "php" sends an empty body in chunks and a host without its port. S3_KEY and
# S3_SECRET are the key. What is signed of the query is the name of the service.
set -euo pipefail

style=$1 method=$2 url=$3 file=${4:-}
rest=${url#*://}
host=${rest%%/*}
path=/${rest#*/}
query=
if [[ $path == *\?* ]]; then
	query=${path#*\?}
	path=${path%%\?*}
fi
resource=$path
if [[ $query == ostor-* ]]; then
	resource="/?${query%%&*}"
fi

date=$(LC_ALL=C date -R)
amz=
args=(-H "Content-Type:" -H "Date: $date")
case $style in
bash)
	amz=$'x-amz-content-sha256:UNSIGNED-PAYLOAD\n'
	args+=(-H "x-amz-content-sha256: UNSIGNED-PAYLOAD" --data-binary "${file:+@$file}")
	;;
php)
	args+=(-H "Host: ${host%:*}")
	if [[ $method == PUT || $method == POST ]]; then
		args+=(-H "Transfer-Encoding: chunked" -H "Expect:" --data-binary "")
	fi
	;;
esac
text=$method$'\n\n\n'$date$'\n'$amz$resource
signature=$(printf '%s' "$text" | openssl dgst -sha1 -hmac "$S3_SECRET" -binary | base64)
curl --silent --show-error --noproxy '*' -X "$method" -H "Authorization: AWS $S3_KEY:$signature" "${args[@]}" \
	--write-out '%{http_code}\n' --output "$TMPDIR/answer" "$url"
cat "$TMPDIR/answer" 2>/dev/null || true
