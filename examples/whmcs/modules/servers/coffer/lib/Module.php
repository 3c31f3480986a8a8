<?php

declare(strict_types=1);

namespace Coffer\Whmcs;

/** Puts the parts together for one call of a function of the module. */
final class Module
{
    /** @param array<string, mixed> $params of a function of the module */
    public static function gateway(array $params, string $action): Gateway
    {
        $hostname = (string) ($params['serverhostname'] ?? '') ?: (string) ($params['serverip'] ?? '');
        // WHMCS hands out what forms have made of a password.
        $secret = html_entity_decode((string) ($params['serverpassword'] ?? ''), ENT_QUOTES);
        $region = trim((string) ($params['serveraccesshash'] ?? '')) ?: 'us-east-1';
        $signature = new SignatureV4(trim((string) ($params['serverusername'] ?? '')), $secret, $region);
        $http = new HttpClient($hostname, (int) ($params['serverport'] ?? 0), (bool) ($params['serversecure'] ?? false), $signature);
        return new Gateway($http, new ModuleLog($action));
    }

    /**
     * Carries out an action on a service. What it returns is for WHMCS: "success",
     * or why it failed.
     *
     * @param array<string, mixed>        $params
     * @param callable(Provisioner): void $do
     */
    public static function provision(array $params, string $action, callable $do): string
    {
        return self::report(static fn () => $do(new Provisioner(self::gateway($params, $action), Service::of($params))));
    }

    /**
     * Runs what may fail and tells WHMCS how it went.
     *
     * @param callable(): void $do
     */
    public static function report(callable $do): string
    {
        try {
            $do();
        } catch (ApiError $e) {
            return $e->getMessage();
        }
        return 'success';
    }
}
