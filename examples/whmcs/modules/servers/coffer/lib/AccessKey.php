<?php

declare(strict_types=1);

namespace Coffer\Whmcs;

/** A key pair for S3. */
final class AccessKey
{
    public function __construct(
        public readonly string $id,
        #[\SensitiveParameter] public readonly string $secret,
    ) {
    }
}
