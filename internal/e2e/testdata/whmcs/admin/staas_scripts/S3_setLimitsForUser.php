<?php

// Sets the limits of the user of a client that the form gives; 0 is taken for none.
require('../../init.php');
require('../../includes/staas_scripts/S3_getConfig.php');
require('../../includes/staas_scripts/S3_getClient.php');
require('../../includes/staas_scripts/S3_requestCurl.php');

$config = S3_getConfig();
$request = function ($query, $method) use ($config) {
    return S3_requestCurl($config['s3_key'], $config['s3_secret'], $config['s3_gateway'], $query, $method);
};
$client = S3_getClient($_GET['userid'], $config['whmcs_username']);
foreach (['ops', 'bandwidth'] as $type) {
    if (!empty($_GET["$type-value"])) {
        $limit = "limit-type=$type&limit-resource={$_GET["$type-name"]}&limit-value={$_GET["$type-value"]}";
        $request("/?ostor-limits&emailAddress={$client['email']}&$limit", 'PUT');
    }
}
header('Location: ' . $_SERVER['HTTP_REFERER']);
