<?php

// The details of a client; userid and email are used.
function S3_getClient($userid, $whmcs_username)
{
    return localAPI('GetClientsDetails', ['clientid' => $userid], $whmcs_username);
}
