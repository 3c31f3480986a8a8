"""Does with boto 2 what a computing centre tells the users of its Ceph gateway to do.
Argument: the port of the server on 127.0.0.1. Runs on Python 2.7 and 3."""

from __future__ import print_function

import os
import sys
import time

if sys.version_info >= (3, 12):
    # boto wants the module imp, of which it uses nothing here, and brings along a
    # six that is too old.
    import types

    import six.moves
    import six.moves.urllib

    sys.modules["imp"] = types.ModuleType("imp")
    for name in ("", ".http_client", ".urllib", ".urllib.request", ".urllib.error", ".urllib.parse", ".queue", ".configparser"):
        sys.modules["boto.vendored.six.moves" + name] = __import__("six.moves" + name, fromlist=["_"])
import boto
import boto.s3.connection
from boto.exception import S3ResponseError

try:
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, Request, build_opener
except ImportError:
    from urllib2 import HTTPError, ProxyHandler, Request, build_opener

port = int(sys.argv[1])
access_key, secret_key = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
CONTENT = b"bytes to be shared\n" * 1000


def connect(style):
    if style == "path":
        return boto.connect_s3(
            aws_access_key_id=access_key, aws_secret_access_key=secret_key, host="127.0.0.1", port=port, is_secure=False,
            calling_format=boto.s3.connection.OrdinaryCallingFormat())
    # boto's default. The server is the client's proxy in place of a resolver for
    # the names of buckets.
    return boto.connect_s3(
        aws_access_key_id=access_key, aws_secret_access_key=secret_key, host="s3.test", is_secure=False,
        proxy="127.0.0.1", proxy_port=port)


def fetch(url, style, method="GET"):
    """Fetches a URL as anybody can; returns the status and the body."""
    proxies = {"http": "http://127.0.0.1:%d" % port} if style == "host" else {}
    request = Request(url)
    request.get_method = lambda: method
    try:
        answer = build_opener(ProxyHandler(proxies)).open(request, timeout=60)
        return answer.getcode(), answer.read()
    except HTTPError as e:
        return e.code, e.read()


def refused(url, style, code, text="", method="GET"):
    status, body = fetch(url, style, method)
    assert status == 403, (url, status, body)
    if method != "HEAD":
        assert ("<Code>%s</Code>" % code).encode() in body and text.encode() in body, (url, body)


def sharing_urls(conn, bucket, style):
    key = bucket.get_key("bigfiletoshare.txt")
    url = key.generate_url(3600, query_auth=True, force_http=True)
    if style == "path":  # boto leaves the port out when it is told to use HTTP
        assert "127.0.0.1/" in url, url
    else:
        assert url.startswith("http://%s.s3.test/bigfiletoshare.txt?" % bucket.name), url
    with_port = (lambda u: u.replace("127.0.0.1/", "127.0.0.1:%d/" % port)) if style == "path" else (lambda u: u)
    url = with_port(url)
    assert fetch(url, style) == (200, CONTENT)
    refused(url.replace("bigfile", "smallfile"), style, "SignatureDoesNotMatch")
    refused(url, style, "SignatureDoesNotMatch", method="DELETE")
    refused(url, style, "", method="HEAD")
    expires = url.split("Expires=")[1].split("&")[0]
    refused(url.replace(expires, str(int(expires) + 1)), style, "SignatureDoesNotMatch")
    refused(url.replace(access_key, "NOBODYS" + access_key[7:]), style, "InvalidAccessKeyId")
    refused(url.replace("Expires=%s&" % expires, ""), style, "AccessDenied")
    over = with_port(key.generate_url(-1, query_auth=True, force_http=True))
    refused(over, style, "AccessDenied", "Request has expired")
    typed = with_port(key.generate_url(3600, response_headers={"response-content-type": "text/x a;b=c"}, force_http=True))
    assert fetch(typed, style) == (200, CONTENT)
    refused(typed.replace("text", "html"), style, "SignatureDoesNotMatch")
    put = with_port(conn.generate_url(int(time.time()) + 60, "PUT", bucket.name, "put", force_http=True, expires_in_absolute=True))
    refused(put, style, "SignatureDoesNotMatch")


for style in ("path", "host"):
    conn = connect(style)
    assert [type(h).__name__ for h in [conn._auth_handler]] == ["HmacAuthV1Handler"], "boto signs version 2"
    name = "boto2-%s-%d" % (style, os.getpid())
    bucket = conn.create_bucket(name)
    bucket.new_key("bigfiletoshare.txt").set_contents_from_string(CONTENT)

    rs = conn.get_all_buckets()
    assert name in [b.name for b in rs], list(rs)

    bucket = conn.get_bucket(name)
    assert bucket.get_key("bigfiletoshare.txt").get_contents_as_string() == CONTENT
    assert bucket.get_key("absent") is None
    assert [k.name for k in bucket.list()] == ["bigfiletoshare.txt"]
    sharing_urls(conn, bucket, style)
    try:
        conn.get_bucket(name + "-absent")
        raise AssertionError("a bucket that is not there")
    except S3ResponseError as e:
        assert e.status == 404, e
    bucket.get_key("bigfiletoshare.txt").delete()
    bucket.delete()

print("all good")
