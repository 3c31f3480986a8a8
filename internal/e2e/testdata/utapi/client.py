"""Does what "UTAPI CloudServer Integration" does in Python: a bucket and an
object of 100 MiB with boto3, and a query that is signed by hand as in the
published example, with nothing but the standard library.

    client.py S3 UTAPI KEY SECRET BUCKET START END
"""
import datetime
import hashlib
import hmac
import json
import sys
import urllib.request

import boto3

s3_url, utapi_url, access_key, secret_key, bucket, start, end = sys.argv[1:]

s3 = boto3.client("s3", endpoint_url=s3_url, aws_access_key_id=access_key, aws_secret_access_key=secret_key, region_name="us-east-1")
s3.create_bucket(Bucket=bucket)
put = s3.put_object(Bucket=bucket, Key="utapi-object", Body=bytes(104857600))
assert put["ETag"] == '"2f282b84e7e608d5852449ed940bfc51"', put


def sign(key, text):
    return hmac.new(key, text.encode("utf-8"), hashlib.sha256).digest()


host = utapi_url.split("//")[1]
now = datetime.datetime.now(datetime.timezone.utc)
amz_date, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
body = json.dumps({"buckets": [bucket], "timeRange": [int(start), int(end)]})
payload_hash = hashlib.sha256(body.encode("utf-8")).hexdigest()
content_type = "application/x-amz-json-1.0"
query = "Action=ListMetrics&Version=20160815"
signed = "content-type;host;x-amz-content-sha256;x-amz-date"
canonical = "\n".join([
    "POST", "/buckets", query,
    "content-type:" + content_type, "host:" + host, "x-amz-content-sha256:" + payload_hash, "x-amz-date:" + amz_date, "",
    signed, payload_hash,
])
scope = day + "/us-east-1/s3/aws4_request"
text = "\n".join(["AWS4-HMAC-SHA256", amz_date, scope, hashlib.sha256(canonical.encode("utf-8")).hexdigest()])
key = sign(sign(sign(sign(("AWS4" + secret_key).encode("utf-8"), day), "us-east-1"), "s3"), "aws4_request")
signature = hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest()

request = urllib.request.Request(utapi_url + "/buckets?" + query, data=body.encode("utf-8"), method="POST", headers={
    "Content-Type": content_type,
    "X-Amz-Date": amz_date,
    "X-Amz-Content-SHA256": payload_hash,
    "Authorization": f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={signed}, Signature={signature}",
})
with urllib.request.urlopen(request) as answer:
    print(json.dumps({"status": answer.status, "type": answer.headers["Content-Type"], "answer": json.load(answer)}))
