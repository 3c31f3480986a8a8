// Does what "UTAPI CloudServer Integration" does in JavaScript, with the signing
// library aws4: a bucket, an object of 100 MiB, a query.
//
//     node client.js S3 UTAPI KEY SECRET BUCKET START END
'use strict';
const http = require('http');
const aws4 = require('aws4');

const [s3, utapi, accessKeyId, secretAccessKey, bucket, start, end] = process.argv.slice(2);

function send(endpoint, options, body) {
    const { hostname, port } = new URL(endpoint);
    const request = Object.assign({ host: hostname, port, service: 's3', body }, options);
    request.headers = Object.assign({ host: `${hostname}:${port}` }, request.headers);
    aws4.sign(request, { accessKeyId, secretAccessKey });
    return new Promise((resolve, reject) => {
        const req = http.request(request, res => {
            const chunks = [];
            res.on('data', c => chunks.push(c));
            res.on('end', () => resolve({ status: res.statusCode, headers: res.headers, body: Buffer.concat(chunks).toString() }));
        });
        req.on('error', reject);
        req.end(body);
    });
}

async function main() {
    const object = Buffer.alloc(104857600);
    let res = await send(s3, { method: 'PUT', path: `/${bucket}` });
    if (res.status !== 200) throw new Error(`bucket: ${res.status} ${res.body}`);
    res = await send(s3, { method: 'PUT', path: `/${bucket}/utapi-object` }, object);
    if (res.headers.etag !== '"2f282b84e7e608d5852449ed940bfc51"') throw new Error(`object: ${res.status} ${res.headers.etag} ${res.body}`);

    // The published example: the library sets the Content-Type of a form.
    const body = JSON.stringify({ buckets: [bucket], timeRange: [Number(start), Number(end)] });
    res = await send(utapi, { method: 'POST', path: '/buckets?Action=ListMetrics&Version=20160815', signQuery: false }, body);
    if (res.headers['content-length'] !== String(Buffer.byteLength(res.body))) throw new Error('content-length');
    process.stdout.write(JSON.stringify({ status: res.status, type: res.headers['content-type'], answer: JSON.parse(res.body) }));
}

main().catch(err => { console.error(err); process.exit(1); });
