<?php

declare(strict_types=1);

namespace Coffer\Whmcs;

/** What went wrong at the gateway, or on the way there. The message is for people. */
final class ApiError extends \RuntimeException
{
    /**
     * @param string $reason the code of the error, for example "NoSuchUser"; "" if
     *                       the gateway did not answer
     */
    public function __construct(string $message, public readonly string $reason = '', public readonly int $status = 0)
    {
        parent::__construct($message, $status);
    }

    /** What a refusal says: the error document of S3, or else its headers. */
    public static function ofAnswer(int $status, string $reason, string $message): self
    {
        $reason = $reason !== '' ? $reason : "HTTP status $status";
        return new self('The gateway refused: ' . ($message !== '' ? "$message ($reason)" : $reason) . '.', $reason, $status);
    }
}
