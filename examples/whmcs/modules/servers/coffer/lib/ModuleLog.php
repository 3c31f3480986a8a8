<?php

declare(strict_types=1);

namespace Coffer\Whmcs;

/**
 * Writes requests to the module log of WHMCS, which administrators read:
 * signatures are never in it, secret keys are masked.
 */
final class ModuleLog
{
    private const MAX_ANSWER = 4096; // bytes: the log is a table of the database

    /** @param string $action the function of the module that is at work */
    public function __construct(private readonly string $action)
    {
    }

    /**
     * Does a request and logs it with its answer, or with the reason why there is
     * none.
     *
     * @param callable(): string $request
     */
    public function watch(string $what, callable $request): string
    {
        try {
            $answer = $request();
        } catch (ApiError $e) {
            logModuleCall('coffer', $this->action, $what, $e->getMessage(), '', []);
            throw $e;
        }
        logModuleCall('coffer', $this->action, $what, self::masked($answer), '', []);
        return $answer;
    }

    /** An answer without secret keys, cut if it is long. */
    private static function masked(string $answer): string
    {
        $masked = (string) preg_replace('/("AWSSecretAccessKey"\s*:\s*")[^"]*/', '$1***', $answer);
        return strlen($masked) > self::MAX_ANSWER ? substr($masked, 0, self::MAX_ANSWER) . '...' : $masked;
    }
}
