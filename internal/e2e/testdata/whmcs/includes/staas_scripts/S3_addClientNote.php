<?php

// Writes keys of the client into a note.
function S3_addClientNote($s3_userid, $userid, $key, $secret, $whmcs_username)
{
    if (empty($s3_userid)) {
        return;
    }
    $note = "UserId: $s3_userid\nAWSAccessKeyId: $key\nAWSSecretAccessKey: $secret";
    localAPI('AddClientNote', ['userid' => $userid, 'notes' => $note], $whmcs_username);
}
