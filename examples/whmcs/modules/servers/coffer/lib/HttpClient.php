<?php

declare(strict_types=1);

namespace Coffer\Whmcs;

/**
 * Sends signed requests without a body to a gateway. Certificates are checked;
 * redirects are not followed, because a signature is for one host.
 */
final class HttpClient
{
    private const CONNECT_TIMEOUT = 10; // seconds
    private const TIMEOUT = 60;         // seconds, for all of a request
    private const MAX_ANSWER = 64 << 20; // bytes

    private readonly string $origin;
    private readonly string $host;

    /**
     * @param string $hostname a name or an address
     * @param int    $port     0 is that of the scheme
     */
    public function __construct(string $hostname, int $port, bool $tls, private readonly SignatureV4 $signature)
    {
        if (preg_match('/^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])$/', $hostname) !== 1) {
            throw new ApiError('The hostname of the server is not one.');
        }
        $default = $tls ? 443 : 80;
        $this->host = $hostname . ($port === 0 || $port === $default ? '' : ":$port");
        $this->origin = ($tls ? 'https://' : 'http://') . $this->host;
    }

    /**
     * Sends a request and returns the body of the answer.
     *
     * @param string                $path       escaped
     * @param array<string, string> $parameters a flag has the value ""
     * @throws ApiError unless the status is 2xx
     */
    public function send(string $method, string $path, array $parameters = []): string
    {
        $query = SignatureV4::queryString($parameters);
        $headers = $this->signature->headers($method, $this->host, $path, $query, new \DateTimeImmutable());
        $lines = ['Host: ' . $this->host, 'Content-Length: 0', 'Content-Type:', 'Accept:'];
        foreach ($headers as $name => $value) {
            $lines[] = "$name: $value";
        }
        [$status, $answer, $body] = self::exchange($method, $this->origin . $path . ($query === '' ? '' : "?$query"), $lines);
        if ($status < 200 || $status > 299) {
            throw self::refusal($status, $answer, $body);
        }
        return $body;
    }

    /**
     * @param list<string> $headers
     * @return array{int, array<string, string>, string} status, headers by name in small letters, body
     */
    private static function exchange(string $method, string $url, array $headers): array
    {
        $answer = [];
        $body = '';
        $handle = curl_init($url);
        curl_setopt_array($handle, [
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_HTTPHEADER => $headers,
            CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_SSL_VERIFYPEER => true,
            CURLOPT_SSL_VERIFYHOST => 2,
            CURLOPT_CONNECTTIMEOUT => self::CONNECT_TIMEOUT,
            CURLOPT_TIMEOUT => self::TIMEOUT,
            CURLOPT_HEADERFUNCTION => static function ($handle, string $line) use (&$answer): int {
                [$name, $value] = explode(':', $line, 2) + [1 => ''];
                $answer[strtolower(trim($name))] = trim($value);
                return strlen($line);
            },
            CURLOPT_WRITEFUNCTION => static function ($handle, string $piece) use (&$body): int {
                $body .= $piece;
                return strlen($body) > self::MAX_ANSWER ? -1 : strlen($piece);
            },
        ]);
        if (curl_exec($handle) === false) {
            throw new ApiError('The gateway cannot be reached: ' . curl_error($handle) . '.');
        }
        return [curl_getinfo($handle, CURLINFO_RESPONSE_CODE), $answer, $body];
    }

    /** @param array<string, string> $headers */
    private static function refusal(int $status, array $headers, string $body): ApiError
    {
        $reason = $headers['x-amz-err-code'] ?? '';
        $message = $headers['x-amz-err-message'] ?? '';
        if ($reason === '' && preg_match('~<Code>([A-Za-z]+)</Code>~', $body, $found) === 1) {
            $reason = $found[1];
        }
        if ($message === '' && preg_match('~<Message>([^<]*)</Message>~', $body, $found) === 1) {
            $message = html_entity_decode($found[1], ENT_XML1 | ENT_QUOTES);
        }
        return ApiError::ofAnswer($status, $reason, $message);
    }
}
