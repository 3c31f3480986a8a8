<?php

// Sets the limits of the user of a client that the form gives.
require('../../init.php');
require('../../includes/staas_scripts/S3_getConfig.php');
require('../../includes/staas_scripts/S3_getClient.php');
require('../../includes/staas_scripts/S3_requestCurl.php');

$config = S3_getConfig();
$request = function ($query, $method) use ($config) {
    return S3_requestCurl($config['s3_key'], $config['s3_secret'], $config['s3_gateway'], $query, $method);
};
$client = S3_getClient($_GET['userid'], $config['whmcs_username']);
if (!empty($_GET['ops-value'])) {
    $request("/?ostor-limits&emailAddress={$client['email']}&limit-type=ops&limit-resource={$_GET['ops-name']}&limit-value={$_GET['ops-value']}", 'PUT');
}
if (!empty($_GET['bandwidth-value'])) {
    $request("/?ostor-limits&emailAddress={$client['email']}&limit-type=bandwidth&limit-resource={$_GET['bandwidth-name']}&limit-value={$_GET['bandwidth-value']}", 'PUT');
}
header('Location: ' . $_SERVER['HTTP_REFERER']);
