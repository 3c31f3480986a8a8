"""Administers with rgwadmin, the client of UMIACS: each of its calls. Arguments: server, CA file or "".

The keys of an administrator are in the environment, as for other clients."""

import os
import sys
import time

import boto3
from botocore.client import Config
from rgwadmin import RGWAdmin, RGWQuota, RGWUser
from rgwadmin import exceptions

server, ca = sys.argv[1:3]
access, secret = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
scheme = "https" if ca else "http"
rgw = RGWAdmin(access_key=access, secret_key=secret, server=server, secure=bool(ca), ca_bundle=ca or None, pool_connections=True)
RGWAdmin.set_connection(rgw)


def refused(error, call, *args, **kw):
    """error is a class of the client, or a code that it has no class for."""
    try:
        call(*args, **kw)
    except exceptions.RGWAdminException as e:
        assert error == e.code if isinstance(error, str) else isinstance(e, error), (error, e)
        return
    raise AssertionError(f"{call.__name__}{args} was not refused with {error}")


def s3(key, secret):
    return boto3.client(
        "s3", endpoint_url=f"{scheme}://{server}", verify=ca or None, aws_access_key_id=key, aws_secret_access_key=secret,
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0}),
    )


def users():
    made = rgw.create_user(uid="alice", display_name="Alice Liddell", email="Alice@Example.org", access_key="ALICE", secret_key="wonder", max_buckets=5)
    assert made["user_id"] == "alice" and made["email"] == "alice@example.org" and made["max_buckets"] == 5, made
    assert made["keys"] == [{"user": "alice", "access_key": "ALICE", "secret_key": "wonder"}]
    refused(exceptions.UserAlreadyExists, rgw.create_user, uid="alice", display_name="again")
    refused(exceptions.EmailExists, rgw.create_user, uid="bob", display_name="Bob", email="alice@example.org")
    refused(exceptions.KeyExists, rgw.create_user, uid="bob", display_name="Bob", access_key="ALICE", secret_key="x")
    rgw.create_user(uid="acme$bob", display_name="Bob", generate_key=False, user_caps="usage=read, write; users=read", suspended=True)
    bob = rgw.get_user(uid="acme$bob")
    assert bob["tenant"] == "acme" and bob["keys"] == [] and bob["suspended"] == 1, bob
    assert bob["caps"] == [{"type": "usage", "perm": "*"}, {"type": "users", "perm": "read"}]
    assert rgw.get_user(access_key="ALICE")["user_id"] == "alice"
    assert rgw.get_user(uid="alice", stats=True, sync=True)["stats"]["num_objects"] == 0
    refused(exceptions.NoSuchUser, rgw.get_user, uid="nobody")
    changed = rgw.modify_user("alice", display_name="Alice", email="a@example.org", max_buckets=7, suspended=True)
    assert (changed["display_name"], changed["email"], changed["max_buckets"], changed["suspended"]) == ("Alice", "a@example.org", 7, 1)
    assert rgw.modify_user("alice", suspended=False)["suspended"] == 0
    assert sorted(rgw.get_users()) == ["acme$bob", "alice", "root"]


def keys_and_caps():
    assert len(rgw.create_key("alice", access_key="SECOND", secret_key="s2")) == 2
    assert len(rgw.create_key("alice")) == 3
    assert rgw.create_subuser("alice", subuser="swift", access="full", generate_secret=True) == [{"id": "alice:swift", "permissions": "full-control"}]
    assert rgw.modify_subuser("alice", "swift", access="read", secret="known")[0]["permissions"] == "read"
    assert rgw.create_key("alice", subuser="alice:swift", key_type="swift", secret_key="other") == [{"user": "alice:swift", "secret_key": "other"}]
    rgw.remove_key(access_key="", key_type="swift", uid="alice", subuser="alice:swift")
    rgw.remove_subuser("alice", "swift")
    rgw.remove_key("SECOND", uid="alice")
    refused("InvalidAccessKeyId", rgw.remove_key, "SECOND", uid="alice")
    assert rgw.add_capability("alice", "buckets=read") == [{"type": "buckets", "perm": "read"}]
    assert rgw.remove_capability("alice", "buckets=read") == []
    refused("InvalidCapability", rgw.add_capability, "alice", "moons=*")
    mine = RGWAdmin(access_key="ALICE", secret_key="wonder", server=server, secure=bool(ca), ca_bundle=ca or None)
    refused(exceptions.AccessDenied, mine.get_users)


def quotas():
    rgw.set_user_quota("alice", "user", max_size_kb=100, max_objects=10, enabled=True)
    rgw.set_user_quota("alice", "bucket", max_objects=5, enabled=False)
    assert rgw.get_user_quota("alice") == {"enabled": True, "check_on_raw": False, "max_size": 102400, "max_size_kb": 100, "max_objects": 10}
    assert rgw.get_user_bucket_quota("alice")["max_objects"] == 5
    assert rgw.get_quota("alice", "user")["enabled"]


def buckets():
    client = s3("ALICE", "wonder")
    client.create_bucket(Bucket="photos")
    client.put_object(Bucket="photos", Key="one", Body=b"x" * 1000)
    client.put_object(Bucket="photos", Key="two", Body=b"x" * 1000)
    rgw.set_bucket_quota("alice", "photos", max_size_kb=50, enabled=True)
    info = rgw.get_bucket("photos", stats=True)
    assert info["owner"] == "alice" and info["usage"]["rgw.main"]["num_objects"] == 2, info
    assert info["bucket_quota"]["max_size_kb"] == 50
    assert RGWAdmin.parse_rados_datestring(info["creation_time"])
    assert rgw.get_buckets() == ["photos"] and rgw.get_bucket(uid="alice") == ["photos"]
    assert rgw.get_bucket_instances() == ["photos:" + info["id"]]
    instance = rgw.get_metadata("bucket.instance", "photos:" + info["id"])
    assert instance["data"]["bucket_info"]["owner"] == "alice", instance
    assert rgw.get_metadata("bucket", "photos")["data"]["linked"] == "true"
    assert rgw.get_policy("photos")["owner"]["id"] == "alice"
    assert rgw.get_policy("photos", "one")["owner"]["id"] == "alice"
    checked = rgw.check_bucket_index("photos", check_objects=True, fix=True)
    assert checked["check_result"]["calculated_header"]["usage"]["rgw.main"]["num_objects"] == 2, checked
    rgw.remove_object("photos", "two")
    refused(exceptions.NoSuchKey, rgw.remove_object, "photos", "two")

    rgw.unlink_bucket("photos", "alice")
    assert rgw.get_bucket(uid="alice") == [] and client.list_buckets()["Buckets"] == []
    assert client.get_object(Bucket="photos", Key="one")["ContentLength"] == 1000
    assert rgw.get_metadata("bucket", "photos")["data"]["linked"] == "false"
    refused(exceptions.BucketAlreadyExists, rgw.remove_user, "alice", purge_data=True)
    rgw.link_bucket("photos", "alice", bucket_id=info["id"], new_bucket_name="pictures")
    assert rgw.get_bucket(uid="alice") == ["pictures"]
    refused(exceptions.BucketNotEmpty, rgw.remove_bucket, "pictures")
    rgw.remove_bucket("pictures", purge_objects=True)
    refused(exceptions.NoSuchBucket, rgw.get_bucket, "pictures")


def usage():
    got = rgw.get_usage("alice", show_entries=True, show_summary=True)
    assert got["summary"][0]["total"]["successful_ops"] >= 4, got
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400))
    assert rgw.get_usage("alice", end=day, show_entries=True)["entries"] == []
    assert rgw.get_usage("alice", start=day + " 00:00:00", show_entries=True)["entries"] != []
    refused(exceptions.InvalidArgument, rgw.trim_usage)
    rgw.trim_usage("alice")
    assert rgw.get_usage("alice", show_entries=True)["entries"] == []
    rgw.trim_usage(remove_all=True)


def metadata():
    page = rgw.get_metadata("user", max_entries=1)
    names = page["keys"]
    while page["truncated"] == "true":
        page = rgw.get_metadata("user", max_entries=1, marker=page["marker"])
        names += page["keys"]
    assert sorted(names) == sorted(rgw.get_users())
    refused(exceptions.NoSuchKey, rgw.get_metadata, "user", "nobody")
    alice = rgw.get_metadata("user", "alice")
    refused("NotImplemented", rgw.put_metadata, "user", "alice", alice)
    refused("NotImplemented", rgw.delete_metadata, "user", "alice")
    refused("NotImplemented", rgw.lock_metadata, "user", "alice", "lock", 10)
    refused("NotImplemented", rgw.unlock_metadata, "user", "alice", "lock")


def objects():
    """The classes that the client has on top of the calls."""
    carol = RGWUser.create("carol", "Carol")
    assert carol.user_id == "carol" and carol.exists()
    assert set(carol.diff()) <= {"bucket_quota", "user_quota"}, carol.diff()  # the client knows but some of their members
    carol.display_name, carol.user_quota = "Caroline", RGWQuota(enabled=True, max_objects=3, max_size_kb=10)
    carol.save()
    again = RGWUser.fetch("carol")
    assert again.display_name == "Caroline" and again.user_quota.max_objects == 3 and again.user_quota.enabled
    assert "carol" in [u.user_id for u in RGWUser.list()]
    carol.delete()
    assert RGWUser.fetch("carol") is None


for step in (users, keys_and_caps, quotas, buckets, usage, metadata, objects):
    step()
rgw.remove_user("alice", purge_data=True)
rgw.remove_user("acme$bob")
assert rgw.get_users() == ["root"]
print("all good")
