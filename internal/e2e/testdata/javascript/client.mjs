// A page that uploads: it signs URLs for its visitors, who put and get with them.
//
//     node client.mjs <endpoint> <access key> <secret key> <bucket>
import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const [endpoint, accessKeyId, secretAccessKey, Bucket] = process.argv.slice(2);
const s3 = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
await s3.send(new CreateBucketCommand({ Bucket }));

const object = { Bucket, Key: "visitors/müller 1+1.txt" };
const body = "sent by a visitor";
const put = await getSignedUrl(s3, new PutObjectCommand(object), { expiresIn: 60 });
const sent = await fetch(put, { method: "PUT", body });
const get = await getSignedUrl(s3, new GetObjectCommand(object), { expiresIn: 60 });
const got = await (await fetch(get)).text();
const head = await s3.send(new HeadObjectCommand({ ...object, ChecksumMode: "ENABLED" }));
const signed = [...new URL(put).searchParams.keys()].filter((k) => k.startsWith("x-amz-checksum-"));
console.log(JSON.stringify({ status: sent.status, error: await sent.text(), got, size: head.ContentLength, checksum: head.ChecksumCRC64NVME, signed }));
