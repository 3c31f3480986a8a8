<?php

declare(strict_types=1);

use WHMCS\Database\Capsule;

function test_create_makes_a_user_with_a_key_that_works(): void
{
    $service = ordered();
    succeeds(coffer_CreateAccount(params($service)));
    equals(1, preg_match('/^[0-9a-f]{16}$/', $service->username), 'the user name of the service is the UserId');
    $keys = keys($service);
    equals(1, count($keys));
    equals(200, s3($keys[0], 'GET', '/'));
    equals(10 * 1024, $service->disklimit, 'megabytes');
}

function test_create_again_takes_over_the_same_user(): void
{
    $service = created();
    $user = $service->username;
    $keys = keys($service);
    succeeds(coffer_CreateAccount(params($service)));
    equals($user, $service->username);
    equals($keys, keys($service), 'no further key');
}

function test_create_takes_over_what_an_attempt_that_broke_off_has_made(): void
{
    $service = ordered();
    Whmcs::$failAfter = 1; // the mark is saved, the UserId is not
    contains('The database is away', coffer_CreateAccount(params($service)));
    equals(false, \Coffer\Whmcs\User::isId($service->username));
    contains('create it first', coffer_SuspendAccount(params($service)), 'it has no user yet');
    succeeds(coffer_CreateAccount(params($service)));
    equals(200, s3(keys($service)[0], 'GET', '/'));
}

function test_create_does_not_take_a_marked_user_of_another_address(): void
{
    $victim = created(1);
    $service = ordered(2);
    Whmcs::$failAfter = 1;
    contains('The database is away', coffer_CreateAccount(params($service)));
    $service->email = $victim->email;
    contains("belongs to service $victim->id of client 1", coffer_CreateAccount(params($service)));
}

function test_create_never_takes_the_user_of_another_client(): void
{
    $owner = created(1);
    $other = ordered(2, ['email' => $owner->email]);
    contains("belongs to service $owner->id of client 1", coffer_CreateAccount(params($other)), 'the same address');
    equals('examplec', $other->username);
    $owner->domainstatus = 'Cancelled';
    contains("belongs to service $owner->id of client 1", coffer_CreateAccount(params($other)), 'ended, but not theirs');
    $other->username = $owner->username;
    contains("belongs to service $owner->id of client 1", coffer_CreateAccount(params($other)), 'the same user');
}

function test_create_does_not_take_a_user_from_elsewhere_unless_told(): void
{
    $owner = created(1);
    Capsule::$tables['tblhosting'] = []; // as if it had been made by hand
    $other = ordered(2, ['email' => strtoupper($owner->email)]);
    contains("is that of the user $owner->username of the gateway, which is not of this service", coffer_CreateAccount(params($other)));
    $other->username = $owner->username; // an administrator decides so
    succeeds(coffer_CreateAccount(params($other)));
}

function test_create_never_takes_a_user_of_the_system(): void
{
    $service = ordered(1, ['username' => setting('SYSTEM')]);
    contains('is a user of the system', coffer_CreateAccount(params($service)));
}

function test_a_client_has_several_services_with_addresses_of_their_own(): void
{
    $first = created(1);
    $second = ordered(1, ['email' => $first->email]);
    contains("belongs to service $first->id", coffer_CreateAccount(params($second)));
    succeeds(coffer_CreateAccount(params($second, ['configoption4' => 'service'])));
    equals(false, $first->username === $second->username);
}

function test_a_client_who_comes_back_finds_the_data(): void
{
    $old = created(1);
    $old->domainstatus = 'Cancelled'; // but not terminated: there are data
    $new = ordered(1, ['email' => $old->email]);
    succeeds(coffer_CreateAccount(params($new)));
    equals($old->username, $new->username);
}

function test_suspend_and_unsuspend_cut_and_restore_access(): void
{
    $service = created();
    $key = keys($service)[0];
    foreach ([1, 2] as $again) {
        succeeds(coffer_SuspendAccount(params($service)));
        equals(403, s3($key, 'GET', '/'));
    }
    foreach ([1, 2] as $again) {
        succeeds(coffer_UnsuspendAccount(params($service)));
        equals(200, s3($key, 'GET', '/'));
    }
}

function test_terminate_keeps_data_and_removes_the_rest(): void
{
    $service = created();
    $key = keys($service)[0];
    foreach (['a', 'b', '12'] as $suffix) {
        equals(200, s3($key, 'PUT', "/term-$service->id-$suffix"));
    }
    equals(200, s3($key, 'PUT', "/term-$service->id-b/object", 'data'));
    contains("Buckets are not empty: term-$service->id-b.", coffer_TerminateAccount(params($service)));
    equals(200, s3($key, 'GET', "/term-$service->id-b/object"), 'the data are there');
    equals(204, s3($key, 'DELETE', "/term-$service->id-b/object"));
    succeeds(coffer_TerminateAccount(params($service)));
    equals(403, s3($key, 'GET', '/'));
    succeeds(coffer_TerminateAccount(params($service)), 'it is gone already');
    contains('NoSuchUser', coffer_SuspendAccount(params($service)), 'there is nobody to suspend');

    $before = $service->username;
    succeeds(coffer_CreateAccount(params($service)), 'created anew');
    equals(false, $before === $service->username, 'as another user');
}
