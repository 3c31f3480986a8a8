<?php

use WHMCS\Database\Capsule;

// Removes the notes of the client that name a user or a key of the gateway.
function S3_delClientNote($userid, $name)
{
    if (empty($name) || !ctype_alnum($name)) {
        return;
    }
    Capsule::connection()->getPdo()->exec('DELETE FROM tblnotes WHERE userid = ' . (int) $userid . " AND note LIKE '%$name%'");
}
