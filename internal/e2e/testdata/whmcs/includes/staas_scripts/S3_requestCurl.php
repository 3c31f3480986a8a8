<?php

// Sends a request signed with version 2 and returns what its answer says, null if
// that is no JSON. Of the query, the name of the service is signed and no more.
// The Host header has no port, the date is local, and PUT and POST have a body in
// chunks, without any.
function S3_requestCurl($s3_key, $s3_secret, $s3_gateway, $s3_query, $method)
{
    $date = date(DATE_RFC2822);
    $resource = current(explode('&', $s3_query));
    $signature = base64_encode(hash_hmac('sha1', "$method\n\n\n$date\n$resource", $s3_secret, true));

    $curl = curl_init($s3_gateway . $s3_query);
    curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
    curl_setopt($curl, CURLOPT_HTTPHEADER, [
        'Host: ' . parse_url($s3_gateway, PHP_URL_HOST),
        "Date: $date",
        "Authorization: AWS $s3_key:$signature",
        'Content-Type:',
        'Expect:',
    ]);
    if ($method === 'PUT' || $method === 'POST') {
        curl_setopt($curl, CURLOPT_UPLOAD, true);
        curl_setopt($curl, CURLOPT_READFUNCTION, function () {
            return '';
        });
    }
    curl_setopt($curl, CURLOPT_CUSTOMREQUEST, $method);
    $answer = curl_exec($curl);
    curl_close($curl);
    return json_decode((string) $answer, true);
}
