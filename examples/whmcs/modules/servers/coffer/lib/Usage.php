<?php

declare(strict_types=1);

namespace Coffer\Whmcs;

use WHMCS\Database\Capsule;

/** What is stored, for WHMCS. */
final class Usage
{
    public function __construct(private readonly Gateway $gateway)
    {
    }

    /**
     * Tells WHMCS how much each service of a server uses, in megabytes. It is one
     * request, however many services there are.
     */
    public function update(int $server): void
    {
        $bytes = $this->gateway->usage();
        $services = Capsule::table('tblhosting')->where('server', $server)
            ->whereIn('domainstatus', ['Active', 'Suspended'])->get(['id', 'username']);
        foreach ($services as $service) {
            if (isset($bytes[$service->username])) {
                Capsule::table('tblhosting')->where('id', $service->id)->update([
                    'diskusage' => (int) ceil($bytes[$service->username] / (1 << 20)),
                    'lastupdate' => date('Y-m-d H:i:s'),
                ]);
            }
        }
    }
}
