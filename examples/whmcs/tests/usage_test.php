<?php

declare(strict_types=1);

function test_usage_of_all_services_is_one_request(): void
{
    $services = [];
    foreach (['Active', 'Suspended', 'Terminated'] as $status) {
        $services[] = $service = created();
        $key = keys($service)[0];
        equals(200, s3($key, 'PUT', "/usage-$service->id"));
        equals(200, s3($key, 'PUT', "/usage-$service->id/object", str_repeat('x', (2 << 20) + 1)));
        $service->domainstatus = $status;
    }
    $services[] = $elsewhere = created();
    $elsewhere->server = 4;
    $before = count(Whmcs::$log);
    succeeds(coffer_UsageUpdate(params(null)));
    equals(1, count(Whmcs::$log) - $before, 'requests');
    equals([3, 3, 0, 0], array_map(static fn (stdClass $s): int => $s->diskusage, $services), 'megabytes, rounded up');
    equals('', $services[2]->lastupdate);
    equals(date('Y-m-d'), substr($services[0]->lastupdate, 0, 10));
}

function test_the_client_sees_keys_buckets_and_usage(): void
{
    $service = created();
    equals(
        ['unavailable' => false, 'user' => $service->username, 'buckets' => [], 'used' => '0 bytes', 'quota' => '10 GB', 'percent' => 0],
        array_diff_key(coffer_ClientArea(params($service))['vars']['coffer'], ['keys' => 0]),
    );
    $key = keys($service)[0];
    equals(200, s3($key, 'PUT', "/client-$service->id"));
    equals(200, s3($key, 'PUT', "/client-$service->id/object", str_repeat('x', 1536)));
    $seen = coffer_ClientArea(params($service))['vars']['coffer'];
    equals(['1.5 kB', [['name' => "client-$service->id", 'size' => '1.5 kB']]], [$seen['used'], $seen['buckets']]);
    succeeds(coffer_ChangePackage(params($service, ['configoption1' => '0'])));
    $seen = coffer_ClientArea(params($service))['vars']['coffer'];
    equals(['unlimited', null], [$seen['quota'], $seen['percent']]);

    equals(['unavailable' => true], coffer_ClientArea(params(ordered()))['vars']['coffer'], 'not yet created');
    equals(['unavailable' => true], coffer_ClientArea(params($service, ['serverpassword' => 'wrong']))['vars']['coffer']);
}
