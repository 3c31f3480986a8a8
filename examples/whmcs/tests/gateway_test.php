<?php

declare(strict_types=1);

use Coffer\Whmcs\SignatureV4;

/** The worked example of the administration API. */
function test_signature_of_the_documentation(): void
{
    $signature = new SignatureV4('a14040e0b2ef8b28FZZ8', 'dbwTnQTW602aAAdq8DQVFzB6yrTCFTNiGB8C8RFA', 'us-east-1');
    $query = SignatureV4::queryString(['ostor-users' => '', 'emailAddress' => 'user@example.com']);
    equals('emailAddress=user%40example.com&ostor-users=', $query);
    $headers = $signature->headers('GET', 's3.example.com', '/', $query, new DateTimeImmutable('2026-11-22T09:31:47Z'));
    contains('Signature=db85aac93d41771d8cc5cdd19cbe660cdc502e7831c4f1b79d53cd709fb7e0ca', $headers['Authorization']);
    equals('20261122T093147Z', $headers['x-amz-date']);
}

function test_connection(): void
{
    equals(['success' => true, 'error' => ''], coffer_TestConnection(params(null)));
    $key = keys(created())[0];
    foreach ([
        ['SignatureDoesNotMatch', ['serverpassword' => 'wrong']],
        ['InvalidAccessKeyId', ['serverusername' => 'nobody']],
        ['AccessDenied', ['serverusername' => $key['id'], 'serverpassword' => $key['secret']]],
        ['cannot be reached', ['serverport' => '1']],
        ['hostname', ['serverhostname' => 'host/path?x@y']],
        ['hostname', ['serverhostname' => '']],
        [setting('TLS') === '' ? 'cannot be reached' : 'HTTP status 400', ['serversecure' => setting('TLS') === '']],
    ] as [$want, $wrong]) {
        $result = coffer_TestConnection(params(null, $wrong));
        equals(false, $result['success'], $want);
        contains($want, $result['error']);
    }
    if (setting('TLS') !== '') { // the certificate is not for this name
        contains('cannot be reached', coffer_TestConnection(params(null, ['serverhostname' => '127.0.0.2']))['error']);
    }
}

function test_settings_are_complete(): void
{
    equals(true, count(coffer_ConfigOptions()) <= 24, 'WHMCS has no more');
    equals(['Quota', 'Operations', 'Bandwidth', 'Address'], array_keys(coffer_ConfigOptions()), 'their order is that of configoption1 and so on');
    equals('1.1', coffer_MetaData()['APIVersion']);
}

function test_no_secret_is_in_the_module_log(): void
{
    $service = created();
    succeeds(coffer_newKey(params($service)));
    $secrets = array_column(keys($service), 'secret');
    succeeds(coffer_ChangePassword(params($service)));
    $secrets[] = keys($service)[0]['secret'];
    $log = json_encode(Whmcs::$log, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES);
    foreach ([...$secrets, setting('SECRET_KEY'), 'Signature='] as $secret) {
        equals(false, str_contains($log, $secret));
    }
    contains('genKey', $log);
    contains('***', $log);
}
