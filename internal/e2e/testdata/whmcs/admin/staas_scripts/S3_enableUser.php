<?php

// Enables the user of a client.
require('../../init.php');
require('../../includes/staas_scripts/S3_getConfig.php');
require('../../includes/staas_scripts/S3_getClient.php');
require('../../includes/staas_scripts/S3_requestCurl.php');

$config = S3_getConfig();
$request = function ($query, $method) use ($config) {
    return S3_requestCurl($config['s3_key'], $config['s3_secret'], $config['s3_gateway'], $query, $method);
};
$client = S3_getClient($_GET['userid'], $config['whmcs_username']);
$request("/?ostor-users&emailAddress={$client['email']}&enable", 'POST');
header('Location: ' . $_SERVER['HTTP_REFERER']);
