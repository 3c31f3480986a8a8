"""Signs requests with botocore's signers. Arguments: endpoint, file of cases. Prints what is to be sent, as JSON."""

import json
import os
import sys
from urllib.parse import quote, urlsplit

from botocore.auth import HmacV1Auth, HmacV1QueryAuth, S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

endpoint, cases = sys.argv[1:3]
credentials = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
region = os.environ["AWS_DEFAULT_REGION"]
signers = {
    "S3SigV4Auth": lambda: S3SigV4Auth(credentials, "s3", region),
    "S3SigV4QueryAuth": lambda: S3SigV4QueryAuth(credentials, "s3", region, expires=60),
    "HmacV1Auth": lambda: HmacV1Auth(credentials, "s3", region),
    "HmacV1QueryAuth": lambda: HmacV1QueryAuth(credentials, expires=60),
}

out = []
with open(cases, encoding="utf-8") as f:
    for case in json.load(f):
        for name, signer in signers.items():
            path = "/bucket/" + quote(case["key"], safe="/~")
            query = "&".join(quote(k, safe="-_.~") + "=" + quote(v, safe="-_.~") for k, v in case["query"] or [])
            url = endpoint + path + ("?" + query if query else "")
            # A presigned request's body is not known when it is signed.
            data = b"" if "Query" in name else case["body"].encode()
            request = AWSRequest(method=case["method"], url=url, data=data, headers=case["headers"] or {})
            request.context["client_config"] = None
            signer().add_auth(request)
            parts = urlsplit(request.url)
            headers = {k: v.decode() if isinstance(v, bytes) else v for k, v in request.headers.items()}
            headers["Host"] = parts.netloc
            out.append({
                "signer": name, "method": case["method"], "headers": headers, "body": case["body"],
                "target": parts.path + ("?" + parts.query if parts.query else ""),
            })
print(json.dumps(out))
