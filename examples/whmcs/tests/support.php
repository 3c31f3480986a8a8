<?php

// What the tests have in common: services to sell, and an S3 client of their own.

declare(strict_types=1);

use WHMCS\Database\Capsule;

/** The gateway under test and the keys of a user of its system, from the environment. */
function setting(string $name): string
{
    return (string) getenv("COFFER_TEST_$name");
}

/** A service in the database of WHMCS, not yet created at the gateway. */
function ordered(int $client = 1, array $more = []): stdClass
{
    static $last = 0;
    $last++;
    Capsule::$tables['tblhosting'][] = $row = (object) ($more + [
        'id' => $last, 'userid' => $client, 'server' => 3, 'username' => 'examplec', 'domainstatus' => 'Active',
        'diskusage' => 0, 'disklimit' => 0, 'lastupdate' => '', 'email' => "client$client-$last+x@example.com",
    ]);
    return $row;
}

/** What WHMCS passes to the functions of the module. */
function params(?stdClass $service, array $more = []): array
{
    $server = [
        'serverid' => 3, 'serverhostname' => setting('HOST'), 'serverport' => setting('PORT'), 'serversecure' => setting('TLS') !== '',
        'serverusername' => setting('ACCESS_KEY'), 'serverpassword' => setting('SECRET_KEY'), 'serveraccesshash' => '', 'serverip' => '',
    ];
    if ($service === null) {
        return $more + $server;
    }
    return $more + $server + [
        'serviceid' => $service->id, 'userid' => $service->userid, 'username' => $service->username, 'password' => 'made by WHMCS',
        'clientsdetails' => ['email' => $service->email], 'configoptions' => [],
        'configoption1' => '10', 'configoption2' => '0', 'configoption3' => '0', 'configoption4' => 'client',
    ];
}

/** A service with a user at the gateway. */
function created(int $client = 1, array $more = []): stdClass
{
    $service = ordered($client);
    succeeds(coffer_CreateAccount(params($service, $more)));
    return $service;
}

/** The keys that the client sees. @return list<array{id: string, secret: string}> */
function keys(stdClass $service): array
{
    $page = coffer_ClientArea(params($service));
    equals('clientarea', $page['templatefile']);
    return $page['vars']['coffer']['keys'];
}

/**
 * An S3 request with a key, signed with version 2. Returns the status.
 *
 * @param ?int $length of the body as it is announced, if not as it is
 */
function s3(array $key, string $method, string $path, string $body = '', ?int $length = null): int
{
    $date = gmdate('D, d M Y H:i:s') . ' GMT';
    $signature = base64_encode(hash_hmac('sha1', "$method\n\n\n$date\n$path", $key['secret'], true));
    $origin = (setting('TLS') !== '' ? 'https' : 'http') . '://' . setting('HOST') . ':' . setting('PORT');
    $handle = curl_init($origin . $path);
    curl_setopt_array($handle, [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_POSTFIELDS => $body,
        CURLOPT_HTTPHEADER => ["Date: $date", "Authorization: AWS {$key['id']}:$signature", 'Content-Type:', 'Expect:',
            'Content-Length: ' . ($length ?? strlen($body))],
        CURLOPT_RETURNTRANSFER => true,
    ]);
    equals(true, curl_exec($handle) !== false, curl_error($handle));
    return curl_getinfo($handle, CURLINFO_RESPONSE_CODE);
}

function equals(mixed $want, mixed $got, string $why = ''): void
{
    if ($want !== $got) {
        throw new Exception(trim("$why\n    want: " . var_export($want, true) . "\n    got:  " . var_export($got, true)));
    }
}

function succeeds(string $result, string $why = ''): void
{
    equals('success', $result, $why);
}

function contains(string $part, string $text, string $why = ''): void
{
    equals(true, str_contains($text, $part), trim("$why\n    \"$part\" is not in \"$text\""));
}
