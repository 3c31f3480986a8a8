<?php

// Shows on the page of a client what the scripts have put into the session.
add_hook('AdminAreaClientSummaryPage', 1, function ($vars) {
    $html = '';
    $row = function (...$cells) use (&$html) {
        $html .= '<tr><td>' . implode('</td><td>', array_map('htmlspecialchars', array_map('strval', $cells))) . "</td></tr>\n";
    };
    if (!empty($_SESSION['S3_listUsers_shown'])) {
        foreach ($_SESSION['S3_listUsers'] as $user) {
            $row('user', $user['UserId'], $user['UserEmail']);
        }
    }
    if (!empty($_SESSION['S3_queryUser_shown']) && !empty($_SESSION['S3_queryUser'])) {
        $user = $_SESSION['S3_queryUser'];
        $row('UserId', $user['UserId'], $user['UserEmail']);
        foreach ($user['AWSAccessKeys'] as $key) {
            $row('key', $key['AWSAccessKeyId'], $key['AWSSecretAccessKey']);
        }
    }
    foreach (['User', 'Bucket'] as $kind) {
        foreach ($_SESSION["S3_getLimitsFor$kind"] ?? [] as $name => $value) {
            [$type, $resource] = explode(':', $name);
            $row("limit of $kind", $type, $resource, $value);
        }
    }
    if (!empty($_SESSION['S3_listStatsObjects_shown'])) {
        foreach ($_SESSION['S3_listStatsObjects']['items'] as $name) {
            $row('object', $name);
        }
    }
    foreach ($_SESSION['S3_getStatsForObject']['items'] ?? [] as $item) {
        // The API's name is user_id: the column of the user stays empty.
        $row('statistics', $item['key']['bucket'], $item['key']['epoch'], $item['key']['user'] ?? '', $item['key']['tag'],
            ...array_values($item['counters']['ops']), ...array_values($item['counters']['net_io']));
    }
    return $html;
});
