<?php

// Links and forms on the page of a client. They ask the gateway nothing.
add_hook('AdminAreaClientSummaryActionLinks', 1, function ($vars) {
    $userid = (int) $vars['userid'];
    $links = [];
    foreach (['createUser', 'queryUser', 'listUsers', 'enableUser', 'disableUser', 'deleteUser', 'generateAccessKey', 'revokeAccessKey',
        'getLimitsForUser', 'deleteLimitsForUser', 'listStatsObjects'] as $script) {
        $links[] = "<a href=\"staas_scripts/S3_$script.php?userid=$userid\">$script</a>";
    }
    $resources = '';
    foreach (['default', 'get', 'put', 'list', 'delete'] as $name) {
        $resources .= "<option>$name</option>";
    }
    $limits = "<select name=\"ops-name\">$resources</select><input name=\"ops-value\">"
        . '<select name="bandwidth-name"><option>out</option></select><input name="bandwidth-value"><input type="submit">';
    $links[] = "<form action=\"staas_scripts/S3_setLimitsForUser.php\"><input type=\"hidden\" name=\"userid\" value=\"$userid\">$limits</form>";
    $links[] = "<form action=\"staas_scripts/S3_setLimitsForBucket.php\"><input name=\"bucket\">$limits</form>";
    foreach (['getLimitsForBucket', 'deleteLimitsForBucket'] as $script) {
        $links[] = "<form action=\"staas_scripts/S3_$script.php\"><input name=\"bucket\"><input type=\"submit\" value=\"$script\"></form>";
    }
    return $links;
});
