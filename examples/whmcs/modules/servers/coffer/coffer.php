<?php

/**
 * Sells storage users of a Coffer gateway (or of another that has the ostor
 * administration API) with WHMCS. These are the functions that WHMCS calls; what
 * they do is in lib/.
 *
 * See https://developers.whmcs.com/provisioning-modules/ for what each is for.
 */

declare(strict_types=1);

use Coffer\Whmcs\ApiError;
use Coffer\Whmcs\Module;
use Coffer\Whmcs\Overview;
use Coffer\Whmcs\Plan;
use Coffer\Whmcs\Provisioner;
use Coffer\Whmcs\Service;
use Coffer\Whmcs\Usage;

if (!defined('WHMCS')) {
    exit('This file cannot be accessed directly');
}

spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'Coffer\\Whmcs\\')) {
        require __DIR__ . '/lib/' . substr($class, strlen('Coffer\\Whmcs\\')) . '.php';
    }
});

function coffer_MetaData(): array
{
    return [
        'DisplayName' => 'Coffer object storage',
        'APIVersion' => '1.1',
        'RequiresServer' => true,
        'DefaultNonSSLPort' => '9000',
        'DefaultSSLPort' => '443',
    ];
}

/** The settings of a product; class Plan and class Service read them by position. */
function coffer_ConfigOptions(): array
{
    return [
        'Quota' => [
            'Type' => 'text', 'Size' => '10', 'Default' => '100',
            'Description' => 'GB, 0 for no limit. A configurable option "Quota" goes before it.',
        ],
        'Operations' => [
            'Type' => 'text', 'Size' => '10', 'Default' => '0',
            'Description' => 'Per second, all kinds together, 0 for no limit. A configurable option "Operations" goes before it.',
        ],
        'Bandwidth' => [
            'Type' => 'text', 'Size' => '10', 'Default' => '0',
            'Description' => 'kB per second to the client, 0 for no limit. A configurable option "Bandwidth" goes before it.',
        ],
        'Address' => [
            'Type' => 'dropdown', 'Default' => 'client',
            'Options' => ['client' => "The client's e-mail address", 'service' => 'One for each service: name+s12@domain'],
            'Description' => 'Each address is at the gateway once: a client who may have several of these services needs the second kind.',
        ],
    ];
}

function coffer_TestConnection(array $params): array
{
    $result = Module::report(static fn () => Module::gateway($params, 'TestConnection')->ping());
    return ['success' => $result === 'success', 'error' => $result === 'success' ? '' : $result];
}

function coffer_CreateAccount(array $params): string
{
    return Module::provision($params, 'CreateAccount', static fn (Provisioner $p) => $p->create(Plan::of($params)));
}

function coffer_SuspendAccount(array $params): string
{
    return Module::provision($params, 'SuspendAccount', static fn (Provisioner $p) => $p->suspend());
}

function coffer_UnsuspendAccount(array $params): string
{
    return Module::provision($params, 'UnsuspendAccount', static fn (Provisioner $p) => $p->unsuspend());
}

function coffer_TerminateAccount(array $params): string
{
    return Module::provision($params, 'TerminateAccount', static fn (Provisioner $p) => $p->terminate());
}

function coffer_ChangePackage(array $params): string
{
    return Module::provision($params, 'ChangePackage', static fn (Provisioner $p) => $p->change(Plan::of($params)));
}

/** The gateway makes its own keys, so the password that WHMCS suggests is not used. */
function coffer_ChangePassword(array $params): string
{
    return Module::provision($params, 'ChangePassword', static fn (Provisioner $p) => $p->replaceKeys());
}

function coffer_UsageUpdate(array $params): string
{
    return Module::report(static fn () => (new Usage(Module::gateway($params, 'UsageUpdate')))->update((int) $params['serverid']));
}

function coffer_AdminCustomButtonArray(): array
{
    return ['New access key' => 'newKey', 'Revoke oldest access key' => 'revokeKey', 'Show limits' => 'showLimits'];
}

function coffer_newKey(array $params): string
{
    return Module::provision($params, 'newKey', static fn (Provisioner $p) => $p->newKey());
}

function coffer_revokeKey(array $params): string
{
    return Module::provision($params, 'revokeKey', static fn (Provisioner $p) => $p->revokeKey());
}

/** Fetches the limits for the page that WHMCS shows next. */
function coffer_showLimits(array $params): string
{
    return Module::report(static function () use ($params): void {
        $overview = new Overview(Module::gateway($params, 'showLimits'), Service::of($params));
        $_SESSION['coffer_limits'] = [(int) $params['serviceid'] => $overview->limits()];
    });
}

/** The limits, once after they were asked for. The page itself asks the gateway nothing. */
function coffer_AdminServicesTabFields(array $params): array
{
    $fields = $_SESSION['coffer_limits'][(int) $params['serviceid']] ?? [];
    unset($_SESSION['coffer_limits']);
    return array_map(static fn (string $value): string => htmlspecialchars($value), $fields);
}

function coffer_ClientArea(array $params): array
{
    try {
        $vars = (new Overview(Module::gateway($params, 'ClientArea'), Service::of($params)))->forClient();
    } catch (ApiError) { // what the gateway said is in the module log
        $vars = ['unavailable' => true];
    }
    return ['templatefile' => 'clientarea', 'vars' => ['coffer' => $vars]];
}
