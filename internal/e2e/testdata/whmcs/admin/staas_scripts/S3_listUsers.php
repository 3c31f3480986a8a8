<?php

// Lists the users of the gateway, or hides the list again.
require('../../init.php');
require('../../includes/staas_scripts/S3_getConfig.php');
require('../../includes/staas_scripts/S3_requestCurl.php');

$config = S3_getConfig();
$request = function ($query, $method) use ($config) {
    return S3_requestCurl($config['s3_key'], $config['s3_secret'], $config['s3_gateway'], $query, $method);
};
if (!empty($_SESSION['S3_listUsers_shown'])) {
    $_SESSION['S3_listUsers_shown'] = 0;
} else {
    $_SESSION['S3_listUsers_shown'] = 1;
    $_SESSION['S3_listUsers'] = $request('/?ostor-users', 'GET');
}
header('Location: ' . $_SERVER['HTTP_REFERER']);
