<?php

// Where the gateway is, and the keys of a user of its system.
function S3_getConfig()
{
    return [
        's3_key' => getenv('S3_KEY'),
        's3_secret' => getenv('S3_SECRET'),
        's3_gateway' => getenv('S3_GATEWAY'),
        'whmcs_username' => 'admin',
    ];
}
