<?php

declare(strict_types=1);

/** What an administrator sees after "Show limits". */
function limits(stdClass $service): array
{
    succeeds(coffer_showLimits(params($service)));
    return coffer_AdminServicesTabFields(params($service));
}

function test_change_package_sets_quota_and_limits(): void
{
    $service = created();
    equals('10 GB', limits($service)['Quota']);
    succeeds(coffer_ChangePackage(params($service, ['configoption1' => '25', 'configoption2' => '0.5', 'configoption3' => '100'])));
    equals(
        ['Quota' => '25 GB', 'Limit ops:default' => '0.50 operations/s', 'Limit ops:get' => 'unlimited', 'Limit bandwidth:out' => '100 kB/s'],
        array_intersect_key(limits($service), array_flip(['Quota', 'Limit ops:default', 'Limit ops:get', 'Limit bandwidth:out'])),
    );
    equals(25 * 1024, $service->disklimit);

    $options = ['Quota' => '7', 'Operations' => '1200', 'Bandwidth' => '0'];
    succeeds(coffer_ChangePackage(params($service, ['configoption1' => '25', 'configoption3' => '100', 'configoptions' => $options])));
    $limits = limits($service);
    equals(['7 GB', '1200.00 operations/s', 'unlimited'], [$limits['Quota'], $limits['Limit ops:default'], $limits['Limit bandwidth:out']],
        'what the client has chosen goes before what the product says');
}

function test_options_that_are_no_numbers_are_errors(): void
{
    $service = created();
    $wrong = [['Quota', '-1'], ['Quota', '1.5'], ['Quota', '10 GB'], ['Operations', 'many'], ['Operations', '1.234'], ['Bandwidth', '1e3']];
    foreach ($wrong as [$name, $value]) {
        contains("The option $name", coffer_ChangePackage(params($service, ['configoptions' => [$name => $value]])));
    }
    equals('10 GB', limits($service)['Quota'], 'nothing has changed');
}

function test_a_quota_holds_back_data(): void
{
    $service = created(1, ['configoption1' => '1']);
    $key = keys($service)[0];
    equals(200, s3($key, 'PUT', "/quota-$service->id"));
    equals(200, s3($key, 'PUT', "/quota-$service->id/small", 'data'));
    equals(403, s3($key, 'PUT', "/quota-$service->id/large", 'data', (1 << 30) + 1), 'refused before there are so many data');
}

function test_limits_are_shown_once(): void
{
    $service = created();
    equals([], coffer_AdminServicesTabFields(params($service)), 'the page asks the gateway nothing');
    equals(true, limits($service) !== []);
    equals([], coffer_AdminServicesTabFields(params($service)));
    succeeds(coffer_showLimits(params($service)));
    equals([], coffer_AdminServicesTabFields(params(created())), 'of another service');
}
