<?php

// Deletes a statistics object.
require('../../init.php');
require('../../includes/staas_scripts/S3_getConfig.php');
require('../../includes/staas_scripts/S3_requestCurl.php');

$config = S3_getConfig();
$request = function ($query, $method) use ($config) {
    return S3_requestCurl($config['s3_key'], $config['s3_secret'], $config['s3_gateway'], $query, $method);
};
$request("/?ostor-usage&obj={$_GET['object']}", 'DELETE');
$_SESSION['S3_getStatsForObject'] = null;
header('Location: ' . $_SERVER['HTTP_REFERER']);
