<?php

declare(strict_types=1);

namespace Coffer\Whmcs;

/** What people see of a service. */
final class Overview
{
    public function __construct(private readonly Gateway $gateway, private readonly Service $service)
    {
    }

    /**
     * For the template of the client area.
     *
     * @return array<string, mixed>
     */
    public function forClient(): array
    {
        $id = $this->service->needUser();
        $buckets = [];
        $total = 0;
        foreach ($this->gateway->buckets($id) as $name => $bytes) {
            $buckets[] = ['name' => (string) $name, 'size' => self::size($bytes)];
            $total += $bytes;
        }
        $quota = $this->gateway->quota($id);
        return [
            'unavailable' => false,
            'user' => $id,
            'keys' => array_map(static fn (AccessKey $k): array => ['id' => $k->id, 'secret' => $k->secret], $this->gateway->user($id)->keys),
            'buckets' => $buckets,
            'used' => self::size($total),
            'quota' => $quota === 0 ? 'unlimited' : "$quota GB",
            'percent' => $quota === 0 ? null : (int) min(100, round($total / ($quota << 30) * 100)),
        ];
    }

    /**
     * Quota and limits for an administrator.
     *
     * @return array<string, string>
     */
    public function limits(): array
    {
        $id = $this->service->needUser();
        $quota = $this->gateway->quota($id);
        $shown = ['Quota' => $quota === 0 ? 'unlimited' : "$quota GB"];
        foreach ($this->gateway->limits($id) as $name => $value) {
            $unit = str_starts_with($name, 'ops:') ? 'operations/s' : 'kB/s';
            $shown["Limit $name"] = (float) $value === 0.0 ? 'unlimited' : "$value $unit";
        }
        return $shown;
    }

    private static function size(int $bytes): string
    {
        foreach ([40 => 'TB', 30 => 'GB', 20 => 'MB', 10 => 'kB'] as $bits => $unit) {
            if ($bytes >= 1 << $bits) {
                return round($bytes / (1 << $bits), 2) . " $unit";
            }
        }
        return "$bytes bytes";
    }
}
