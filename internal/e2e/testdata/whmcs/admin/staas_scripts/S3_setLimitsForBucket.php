<?php

// Sets the limits of a bucket that the form gives.
require('../../init.php');
require('../../includes/staas_scripts/S3_getConfig.php');
require('../../includes/staas_scripts/S3_requestCurl.php');

$config = S3_getConfig();
$request = function ($query, $method) use ($config) {
    return S3_requestCurl($config['s3_key'], $config['s3_secret'], $config['s3_gateway'], $query, $method);
};
if (!empty($_GET['ops-value'])) {
    $request("/?ostor-limits&bucket={$_GET['bucket']}&limit-type=ops&limit-resource={$_GET['ops-name']}&limit-value={$_GET['ops-value']}", 'PUT');
}
if (!empty($_GET['bandwidth-value'])) {
    $request("/?ostor-limits&bucket={$_GET['bucket']}&limit-type=bandwidth&limit-resource={$_GET['bandwidth-name']}&limit-value={$_GET['bandwidth-value']}", 'PUT');
}
header('Location: ' . $_SERVER['HTTP_REFERER']);
