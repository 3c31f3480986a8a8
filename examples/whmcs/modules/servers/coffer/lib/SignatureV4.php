<?php

declare(strict_types=1);

namespace Coffer\Whmcs;

/**
 * Signs requests with AWS Signature Version 4, headers host, x-amz-content-sha256
 * and x-amz-date, for the service "s3". Bodies are empty.
 */
final class SignatureV4
{
    /** The SHA-256 of an empty body. */
    public const EMPTY_PAYLOAD = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

    private const SIGNED_HEADERS = 'host;x-amz-content-sha256;x-amz-date';

    public function __construct(
        private readonly string $accessKey,
        #[\SensitiveParameter] private readonly string $secretKey,
        private readonly string $region,
    ) {
    }

    /**
     * The headers that prove a request, without Host.
     *
     * @param string $path  as it is sent, escaped
     * @param string $query of queryString()
     * @return array<string, string>
     */
    public function headers(string $method, string $host, string $path, string $query, \DateTimeInterface $now): array
    {
        $time = gmdate('Ymd\THis\Z', $now->getTimestamp());
        $scope = substr($time, 0, 8) . '/' . $this->region . '/s3/aws4_request';
        $request = implode("\n", [
            $method, $path, $query,
            'host:' . $host, 'x-amz-content-sha256:' . self::EMPTY_PAYLOAD, 'x-amz-date:' . $time, '',
            self::SIGNED_HEADERS, self::EMPTY_PAYLOAD,
        ]);
        $text = implode("\n", ['AWS4-HMAC-SHA256', $time, $scope, hash('sha256', $request)]);
        $signature = hash_hmac('sha256', $text, $this->signingKey($scope));
        return [
            'x-amz-date' => $time,
            'x-amz-content-sha256' => self::EMPTY_PAYLOAD,
            'Authorization' => "AWS4-HMAC-SHA256 Credential={$this->accessKey}/$scope, "
                . 'SignedHeaders=' . self::SIGNED_HEADERS . ", Signature=$signature",
        ];
    }

    /**
     * The query in the canonical form, which is also the one to send.
     *
     * @param array<string, string> $parameters a flag has the value ""
     */
    public static function queryString(array $parameters): string
    {
        $items = [];
        foreach ($parameters as $name => $value) {
            $items[rawurlencode((string) $name)] = rawurlencode($value);
        }
        ksort($items, SORT_STRING);
        return implode('&', array_map(static fn ($name, $value) => "$name=$value", array_keys($items), $items));
    }

    /** The key of a day, region and service: HMACs along the parts of the scope. */
    private function signingKey(string $scope): string
    {
        $key = 'AWS4' . $this->secretKey;
        foreach (explode('/', $scope) as $part) {
            $key = hash_hmac('sha256', $part, $key, true);
        }
        return $key;
    }
}
