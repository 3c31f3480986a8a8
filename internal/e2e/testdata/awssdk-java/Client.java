import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.*;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** Client URL BUCKET: objects by the AWS SDK for Java. Credentials come from the environment. */
public class Client {
    static S3Client s3;
    static S3Presigner presigner;
    static String bucket;

    // The HTTP client makes one of two slashes, so that the SDK sends the second escaped.
    static final List<String> KEYS = List.of("plain", "x//y", "/lead", "//", "a///b", "späße/ключ 日本", "a+b&c=d?e#f;:@,'()!*~", "end ", "percent%2Fslash");

    public static void main(String[] args) throws Exception {
        var endpoint = URI.create(args[0]);
        bucket = args[1];
        var path = S3Configuration.builder().pathStyleAccessEnabled(true).build();
        s3 = S3Client.builder().endpointOverride(endpoint).region(Region.US_EAST_1).serviceConfiguration(path).build();
        presigner = S3Presigner.builder().endpointOverride(endpoint).region(Region.US_EAST_1).serviceConfiguration(path).build();
        keys();
        ranges();
        parts();
        conditions();
        errors();
        System.out.println("all good");
    }

    static void keys() throws Exception {
        for (var key : KEYS) {
            var body = ("body of " + key).getBytes(StandardCharsets.UTF_8);
            s3.putObject(r -> r.bucket(bucket).key(key).metadata(Map.of("k", "v")), RequestBody.fromBytes(body));
            same(body, get(key), key);
            s3.copyObject(r -> r.sourceBucket(bucket).sourceKey(key).destinationBucket(bucket).destinationKey("copy/" + key));
            same(body, get("copy/" + key), "copy of " + key);
            check("v".equals(s3.headObject(r -> r.bucket(bucket).key(key)).metadata().get("k")), "metadata of " + key);
            var url = presigner.presignGetObject(r -> r.signatureDuration(Duration.ofMinutes(5)).getObjectRequest(g -> g.bucket(bucket).key(key))).url();
            var answer = HttpClient.newHttpClient().send(HttpRequest.newBuilder(url.toURI()).build(), HttpResponse.BodyHandlers.ofByteArray());
            same(body, answer.body(), "presigned " + key);
        }
        var listed = new ArrayList<String>();
        s3.listObjectsV2Paginator(r -> r.bucket(bucket).maxKeys(2)).contents().forEach(o -> listed.add(o.key()));
        check(listed.containsAll(KEYS) && listed.size() == 2 * KEYS.size(), "listed: " + listed);
        var all = listed.stream().map(k -> ObjectIdentifier.builder().key(k).build()).toList();
        check(s3.deleteObjects(r -> r.bucket(bucket).delete(d -> d.objects(all))).deleted().size() == all.size(), "deleted");
        check(s3.listObjectsV2(r -> r.bucket(bucket)).keyCount() == 0, "all are gone");
    }

    static void ranges() {
        s3.putObject(r -> r.bucket(bucket).key("empty"), RequestBody.empty());
        s3.putObject(r -> r.bucket(bucket).key("digits"), RequestBody.fromString("0123456789"));
        same("89".getBytes(), range("digits", "bytes=-2"), "suffix");
        same("234".getBytes(), range("digits", "bytes=2-4"), "range");
        same(new byte[0], range("empty", "bytes=-2"), "suffix of nothing");
        check(fails(() -> range("empty", "bytes=0-1")) == 416, "there is no first byte");
    }

    static void parts() {
        var body = new byte[11 << 20];
        new Random(1).nextBytes(body);
        for (var algorithm : List.of(ChecksumAlgorithm.CRC32, ChecksumAlgorithm.SHA256)) {
            var id = s3.createMultipartUpload(r -> r.bucket(bucket).key("parts//" + algorithm).checksumAlgorithm(algorithm)).uploadId();
            var done = new ArrayList<CompletedPart>();
            for (int i = 0; i < 3; i++) {
                int number = i + 1, start = i * (5 << 20);
                var piece = Arrays.copyOfRange(body, start, Math.min(body.length, start + (5 << 20)));
                var p = s3.uploadPart(r -> r.bucket(bucket).key("parts//" + algorithm).uploadId(id).partNumber(number).checksumAlgorithm(algorithm), RequestBody.fromBytes(piece));
                done.add(CompletedPart.builder().partNumber(number).eTag(p.eTag()).checksumCRC32(p.checksumCRC32()).checksumSHA256(p.checksumSHA256()).build());
            }
            s3.completeMultipartUpload(r -> r.bucket(bucket).key("parts//" + algorithm).uploadId(id).multipartUpload(m -> m.parts(done)));
            same(body, get("parts//" + algorithm), "parts with " + algorithm);
        }
    }

    static void conditions() {
        s3.putObject(r -> r.bucket(bucket).key("once").ifNoneMatch("*"), RequestBody.fromString("1"));
        check(fails(() -> s3.putObject(r -> r.bucket(bucket).key("once").ifNoneMatch("*"), RequestBody.fromString("2"))) == 412, "it is there");
        check(fails(() -> s3.deleteObject(r -> r.bucket(bucket).key("once").ifMatch("\"0\""))) == 412, "it is another");
        same("1".getBytes(), get("once"), "unchanged");
    }

    static void errors() {
        check(fails(() -> get("none")) == 404, "no key");
        try {
            s3.getObject(r -> r.bucket(bucket).key("none")).close();
            check(false, "no key");
        } catch (NoSuchKeyException e) {
            check(e.awsErrorDetails().errorCode().equals("NoSuchKey"), "the SDK knows what it is");
        } catch (Exception e) {
            throw new RuntimeException(e);
        }
        check(fails(() -> s3.listObjectsV2(r -> r.bucket("none-of-these"))) == 404, "no bucket");
    }

    static byte[] get(String key) {
        return s3.getObjectAsBytes(r -> r.bucket(bucket).key(key)).asByteArray();
    }

    static byte[] range(String key, String range) {
        return s3.getObjectAsBytes(r -> r.bucket(bucket).key(key).range(range)).asByteArray();
    }

    static int fails(Runnable r) {
        try {
            r.run();
        } catch (S3Exception e) {
            return e.statusCode();
        }
        return 0;
    }

    static void same(byte[] want, byte[] got, String what) {
        check(Arrays.equals(want, got), what + ": " + got.length + " bytes, not " + want.length);
    }

    static void check(boolean ok, String what) {
        if (!ok) {
            throw new AssertionError(what);
        }
    }
}
