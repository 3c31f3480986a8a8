<?php

declare(strict_types=1);

namespace Coffer\Whmcs;

/**
 * What a client has ordered: the settings of the product, or the configurable
 * options of the same names, if the product has them.
 */
final class Plan
{
    /** The settings, in the order of ConfigOptions: the first is configoption1. */
    private const SETTINGS = ['Quota', 'Operations', 'Bandwidth'];

    private function __construct(
        /** Gigabytes; 0 is no limit. */
        public readonly int $quota,
        /** Operations a second, as a decimal; "0" is no limit. */
        public readonly string $operations,
        /** Kilobytes a second to the client; 0 is no limit. */
        public readonly int $bandwidth,
    ) {
    }

    /**
     * @param array<string, mixed> $params of a function of the module
     * @throws ApiError if something is not a number
     */
    public static function of(array $params): self
    {
        $values = [];
        foreach (self::SETTINGS as $i => $name) {
            $value = trim((string) ($params['configoptions'][$name] ?? $params['configoption' . ($i + 1)] ?? ''));
            $pattern = $name === 'Operations' ? '/^\d{1,9}(\.\d{1,2})?$/D' : '/^\d{1,9}$/D';
            if ($value !== '' && preg_match($pattern, $value) !== 1) {
                throw new ApiError("The option $name of this product is not a number: \"$value\".");
            }
            $values[] = $value === '' ? '0' : $value;
        }
        return new self((int) $values[0], $values[1], (int) $values[2]);
    }

    /** Makes the plan that of a user. */
    public function apply(Gateway $gateway, string $user): void
    {
        $gateway->setQuota($user, $this->quota);
        $gateway->setLimit($user, 'ops', 'default', $this->operations);
        $gateway->setLimit($user, 'bandwidth', 'out', (string) $this->bandwidth);
    }
}
