<?php

declare(strict_types=1);

function test_change_password_puts_a_new_key_in_place_of_all(): void
{
    $service = created();
    foreach ([1, 2] as $keys) { // first from one key, then from two
        $old = keys($service);
        equals($keys, count($old));
        succeeds(coffer_ChangePassword(params($service)));
        $new = keys($service);
        equals(1, count($new));
        equals(200, s3($new[0], 'GET', '/'));
        foreach ($old as $key) {
            equals(403, s3($key, 'GET', '/'), 'a key that was replaced');
        }
        succeeds(coffer_newKey(params($service)));
    }
}

function test_buttons_add_a_key_and_revoke_the_oldest(): void
{
    foreach (coffer_AdminCustomButtonArray() as $function) {
        equals(true, function_exists("coffer_$function"));
    }
    $service = created();
    $first = keys($service)[0];
    succeeds(coffer_newKey(params($service)));
    $keys = keys($service);
    equals([$first['id'], 2], [$keys[0]['id'], count($keys)]);
    contains('LimitExceeded', coffer_newKey(params($service)), 'two are the most');
    succeeds(coffer_revokeKey(params($service)));
    equals([$keys[1]], keys($service), 'the oldest is gone');
    equals(403, s3($first, 'GET', '/'));
    succeeds(coffer_revokeKey(params($service)));
    contains('no keys', coffer_revokeKey(params($service)));
    succeeds(coffer_CreateAccount(params($service)));
    equals(1, count(keys($service)), 'creating again gives a user without keys one');
}
