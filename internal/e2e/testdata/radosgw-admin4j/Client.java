import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.twonote.rgwadmin4j.RgwAdmin;
import org.twonote.rgwadmin4j.RgwAdminBuilder;
import org.twonote.rgwadmin4j.impl.RgwAdminException;
import org.twonote.rgwadmin4j.model.Cap;
import org.twonote.rgwadmin4j.model.CredentialType;
import org.twonote.rgwadmin4j.model.SubUser;
import org.twonote.rgwadmin4j.model.User;

/** Administers with radosgw-admin4j. Arguments: URL of the server, its bucket, owned by root. */
public class Client {
  private static void check(boolean ok, Object what) {
    if (!ok) {
      throw new AssertionError(what);
    }
  }

  private static void refused(int status, Runnable call) {
    try {
      call.run();
    } catch (RgwAdminException e) {
      check(e.status() == status, e);
      return;
    }
    throw new AssertionError("was not refused with " + status);
  }

  public static void main(String[] args) {
    String bucket = args[1];
    RgwAdmin rgw =
        new RgwAdminBuilder()
            .accessKey(System.getenv("AWS_ACCESS_KEY_ID"))
            .secretKey(System.getenv("AWS_SECRET_ACCESS_KEY"))
            .endpoint(args[0] + "/admin")
            .build();
    users(rgw);
    subusersAndCaps(rgw);
    quotas(rgw, bucket);
    buckets(rgw, bucket);
    check(!rgw.getUsage().get().getSummary().isEmpty(), "usage");
    check(rgw.getUserUsage("root", new HashMap<>(Map.of("start", "2026-01-01"))).isPresent(), "usage of root");
    rgw.trimUserUsage("root", new HashMap<>());
    check(rgw.getUserUsage("root").get().getEntries().isEmpty(), "trimmed usage");
    rgw.removeUser("alice");
    check(rgw.listUser().equals(List.of("root")), rgw.listUser());
    System.out.println("all good");
  }

  private static void users(RgwAdmin rgw) {
    User alice = rgw.createUser("alice", Map.of("display-name", "Alice L", "email", "alice@example.org"));
    check(alice.getS3Credentials().size() == 1, "a key");
    check(rgw.createUser("acme$bob").getUserId().equals("bob"), "a tenant's user");
    refused(409, () -> rgw.createUser("alice"));
    check(rgw.modifyUser("alice", Map.of("max-buckets", "7")).getMaxBuckets() == 7, "max-buckets");
    rgw.suspendUser("alice", true);
    check(rgw.getUserInfo("alice").get().getSuspended() == 1, "suspended");
    rgw.suspendUser("alice", false);
    check(rgw.getUserInfo("nobody").isEmpty(), "nobody");
    check(rgw.listUser().size() == 3, rgw.listUser());
    check(rgw.listUserInfo().size() == 3, "infos");
    rgw.removeUser("acme$bob");
    check(rgw.createS3Credential("alice", "SECOND", "secret").size() == 2, "a second key");
    rgw.removeS3Credential("alice", "SECOND");
  }

  private static void subusersAndCaps(RgwAdmin rgw) {
    SubUser made = rgw.createSubUser("alice", "swift", SubUser.Permission.FULL, CredentialType.SWIFT);
    check(made.getId().equals("alice:swift") && made.getPermission() == SubUser.Permission.FULL, made);
    rgw.setSubUserPermission("alice", "swift", SubUser.Permission.READ);
    check(rgw.getSubUserInfo("alice", "swift").get().getPermission() == SubUser.Permission.READ, "permission");
    check(rgw.createSwiftCredentialForSubUser("alice", "swift", "known").getPassword().equals("known"), "secret");
    rgw.removeSwiftCredentialFromSubUser("alice", "swift");
    check(rgw.listSubUser("alice").equals(List.of("alice:swift")), rgw.listSubUser("alice"));
    rgw.removeSubUser("alice", "swift");
    List<Cap> caps = List.of(new Cap(Cap.Type.USERS, Cap.Perm.READ_WRITE), new Cap(Cap.Type.USAGE, Cap.Perm.READ));
    check(rgw.addUserCapability("alice", caps).containsAll(caps), "caps");
    check(rgw.removeUserCapability("alice", caps).isEmpty(), "no caps");
  }

  private static void quotas(RgwAdmin rgw, String bucket) {
    rgw.setUserQuota("alice", 10, 100);
    rgw.setBucketQuota("alice", 5, 50);
    rgw.setIndividualBucketQuota("root", bucket, 7, 70);
    check(rgw.getUserQuota("alice").get().getMaxObjects() == 10, "objects");
    check(rgw.getUserQuota("alice").get().getMaxSizeKb() == 100, "size");
    check(rgw.getBucketQuota("alice").get().getMaxObjects() == 5, "objects of a bucket");
    check(rgw.getBucketInfo(bucket).get().getBucketQuota().getMaxObjects() == 7, "one bucket");
  }

  private static void buckets(RgwAdmin rgw, String bucket) {
    check(rgw.listBucket().equals(List.of(bucket)), rgw.listBucket());
    check(rgw.listBucketInfo("root").get(0).getUsage().getRgwMain().getNum_objects() == 2, "objects");
    check(rgw.checkBucketIndex(bucket, true, true).isPresent(), "index");
    check(rgw.getBucketPolicy(bucket).get().contains("\"root\""), "policy");
    check(rgw.getObjectPolicy(bucket, "one").isPresent(), "policy of an object");
    rgw.removeObject(bucket, "one");
    String id = rgw.getBucketInfo(bucket).get().getId();
    rgw.unlinkBucket(bucket, "root");
    check(rgw.listBucket("root").isEmpty(), "unlinked");
    rgw.linkBucket(bucket, id, "alice");
    check(rgw.getBucketInfo(bucket).get().getOwner().equals("alice"), "owner");
    rgw.removeBucket(bucket);
    check(rgw.getBucketInfo(bucket).isEmpty(), "removed");
  }
}
