"""Stores and reads objects with boto3. Arguments: endpoint, signature version, CA file or ""."""

import io
import os
import sys
import urllib.request
import ssl

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.client import Config
from botocore.exceptions import ClientError

endpoint, version, ca = sys.argv[1:4]
s3 = boto3.client(
    "s3",
    endpoint_url=endpoint,
    verify=ca or None,
    config=Config(signature_version=version, s3={"addressing_style": "path"}, retries={"max_attempts": 0}),
)
bucket = f"boto3-{version}-{os.getpid()}"
s3.create_bucket(Bucket=bucket)
assert bucket in [b["Name"] for b in s3.list_buckets()["Buckets"]]

KEYS = [
    "plain", "with blank", "with+plus", "per%cent", "%2F", "a%20b", "ünïcödé/ключ/鍵", "emoji-🗝️", "quote'\"<>&",
    "semi;colon,comma:at@dollar$bang!star*paren()", "hash#mark?query=1&x=y", "tilde~under_dash-dot.", "back\\slash",
    "dir/", "dir/file", "double//slash", "...", "brackets[]{}|^`", "equals=", "/leading", "trailing ",
]


def body(n, seed):
    return bytes((i * 31 + seed * 7 + (i >> 8)) & 255 for i in range(min(n, 1 << 16))) * max(1, n >> 16) if n else b""


def read(key, **kw):
    return s3.get_object(Bucket=bucket, Key=key, **kw)["Body"].read()


def refused(code, call, **kw):
    try:
        call(**kw)
    except ClientError as e:
        got = e.response["Error"]["Code"]
        assert got == code, f"{code} expected, {got} came"
    else:
        raise AssertionError(f"{code} expected, the call succeeded")


for i, size in enumerate([0, 1, 4095, 4096, 4097, 65536, 3 << 20]):
    want = body(size, i)
    s3.put_object(Bucket=bucket, Key=f"size-{size}", Body=want, Metadata={"colour": "blue"}, ContentType="text/x-test")
    assert read(f"size-{size}") == want, size
    head = s3.head_object(Bucket=bucket, Key=f"size-{size}")
    assert head["ContentLength"] == len(want)
    assert head["Metadata"] == {"colour": "blue"} and head["ContentType"] == "text/x-test", (size, head)

for i, key in enumerate(KEYS):
    want = body(100, i)
    s3.put_object(Bucket=bucket, Key=key, Body=want)
    assert read(key) == want, key
    assert read(key, Range="bytes=10-19") == want[10:20], key
    s3.copy_object(Bucket=bucket, Key="copy/" + key, CopySource={"Bucket": bucket, "Key": key})
    assert read("copy/" + key) == want, key
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key, "ResponseContentType": "text/x-o"}, ExpiresIn=60)
    ctx = ssl.create_default_context(cafile=ca) if ca else None
    with urllib.request.urlopen(url, context=ctx) as r:
        assert r.read() == want, "presigned " + key
        assert r.headers["Content-Type"] == "text/x-o"

keys = [o["Key"] for p in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 7}) for o in p["Contents"]]
assert keys == sorted(keys, key=lambda k: k.encode()) and set(KEYS) <= set(keys)
page = s3.list_objects_v2(Bucket=bucket, Prefix="copy/", Delimiter="/")
assert "copy/dir/" in [p["Prefix"] for p in page["CommonPrefixes"]]
keys = [o["Key"] for o in s3.list_objects(Bucket=bucket)["Contents"]]
assert set(KEYS) <= set(keys)

big = body(17 << 20, 3)
config = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20, max_concurrency=4)
s3.upload_fileobj(io.BytesIO(big), bucket, "big object", Config=config)
assert s3.head_object(Bucket=bucket, Key="big object")["ETag"].endswith('-4"')
out = io.BytesIO()
s3.download_fileobj(bucket, "big object", out, Config=config)
assert out.getvalue() == big
s3.copy({"Bucket": bucket, "Key": "big object"}, bucket, "big copy", Config=config)
assert read("big copy") == big

for algorithm in ["CRC32", "SHA1", "SHA256"]:
    s3.put_object(Bucket=bucket, Key="sum", Body=b"hello", ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket=bucket, Key="sum", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"hello" and got["Checksum" + algorithm], algorithm

s3.put_object_tagging(Bucket=bucket, Key="plain", Tagging={"TagSet": [{"Key": "a", "Value": "b c"}]})
assert s3.get_object_tagging(Bucket=bucket, Key="plain")["TagSet"] == [{"Key": "a", "Value": "b c"}]
s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
first = s3.put_object(Bucket=bucket, Key="v", Body=b"1")["VersionId"]
second = s3.put_object(Bucket=bucket, Key="v", Body=b"2")["VersionId"]
assert read("v") == b"2" and read("v", VersionId=first) == b"1"
assert [v["VersionId"] for v in s3.list_object_versions(Bucket=bucket, Prefix="v")["Versions"]] == [second, first]

refused("NoSuchKey", s3.get_object, Bucket=bucket, Key="absent")
refused("NoSuchBucket", s3.get_object, Bucket=bucket + "-absent", Key="x")
refused("PreconditionFailed", s3.put_object, Bucket=bucket, Key="plain", Body=b"", IfNoneMatch="*")
refused("BucketNotEmpty", s3.delete_bucket, Bucket=bucket)
wrong = boto3.client("s3", endpoint_url=endpoint, verify=ca or None, aws_secret_access_key="wrong",
                     aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
                     config=Config(signature_version=version, retries={"max_attempts": 0}))
refused("SignatureDoesNotMatch", wrong.get_object, Bucket=bucket, Key="plain")

for p in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
    doomed = [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in p.get("Versions", []) + p.get("DeleteMarkers", [])]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": doomed, "Quiet": True})
    assert not answer.get("Errors"), answer["Errors"]
s3.delete_bucket(Bucket=bucket)
print("all good")
