<?php

declare(strict_types=1);

namespace Coffer\Whmcs;

/** A user of the gateway. */
final class User
{
    /** @param list<AccessKey> $keys oldest first */
    private function __construct(
        public readonly string $id,
        public readonly string $email,
        public readonly bool $system,
        public readonly array $keys,
    ) {
    }

    /** @param array<array-key, mixed> $answer of a request for a user */
    public static function of(array $answer): self
    {
        $id = $answer['UserId'] ?? '';
        if (!is_string($id) || !self::isId($id)) {
            throw new ApiError('The answer of the gateway names no user.');
        }
        $keys = [];
        foreach ($answer['AWSAccessKeys'] ?? [] as $key) {
            $keys[] = new AccessKey((string) $key['AWSAccessKeyId'], (string) $key['AWSSecretAccessKey']);
        }
        return new self($id, (string) ($answer['UserEmail'] ?? ''), in_array('system', $answer['Flags'] ?? [], true), $keys);
    }

    /** Whether a string has the form of a UserId. */
    public static function isId(string $id): bool
    {
        return preg_match('/^[0-9a-f]{16}$/D', $id) === 1;
    }
}
