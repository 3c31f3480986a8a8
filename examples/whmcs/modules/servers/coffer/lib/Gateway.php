<?php

declare(strict_types=1);

namespace Coffer\Whmcs;

/**
 * The administration API of the gateway (services ostor-*), as far as the module
 * uses it. Users are named by their UserId, which does not change.
 */
final class Gateway
{
    public function __construct(private readonly HttpClient $http, private readonly ModuleLog $log)
    {
    }

    /**
     * Creates a user with one key.
     *
     * @throws ApiError EmailExists if the address is taken
     */
    public function createUser(string $email): User
    {
        return User::of($this->json('PUT', ['ostor-users' => '', 'emailAddress' => $email]));
    }

    /** @throws ApiError NoSuchUser */
    public function user(string $id): User
    {
        return User::of($this->json('GET', ['ostor-users' => '', 'id' => $id]));
    }

    public function userByEmail(string $email): ?User
    {
        try {
            return User::of($this->json('GET', ['ostor-users' => '', 'emailAddress' => $email]));
        } catch (ApiError $e) {
            return $e->reason === 'NoSuchUser' ? null : throw $e;
        }
    }

    public function enable(string $id): void
    {
        $this->call('POST', ['ostor-users' => '', 'id' => $id, 'enable' => '']);
    }

    public function disable(string $id): void
    {
        $this->call('POST', ['ostor-users' => '', 'id' => $id, 'disable' => '']);
    }

    /** @throws ApiError DeleteConflict if the user owns buckets */
    public function deleteUser(string $id): void
    {
        $this->call('DELETE', ['ostor-users' => '', 'id' => $id]);
    }

    /** @throws ApiError LimitExceeded if the user has two keys already */
    public function generateKey(string $id): AccessKey
    {
        return User::of($this->json('POST', ['ostor-users' => '', 'id' => $id, 'genKey' => '']))->keys[0];
    }

    public function revokeKey(string $id, string $accessKey): void
    {
        $this->call('POST', ['ostor-users' => '', 'id' => $id, 'revokeKey' => $accessKey]);
    }

    /**
     * The bytes stored for each user of the gateway, from one request.
     *
     * @return array<string, int> by UserId
     */
    public function usage(): array
    {
        $bytes = [];
        foreach ($this->json('GET', ['ostor-users' => '', 'space' => ''])['Users'] ?? [] as $user) {
            $bytes[(string) $user['UserId']] = (int) ($user['SpaceStat']['SizeCurr'] ?? 0);
        }
        return $bytes;
    }

    /**
     * The buckets of a user.
     *
     * @return array<string, int> bytes by name
     */
    public function buckets(string $id): array
    {
        $bytes = [];
        foreach ($this->json('GET', ['ostor-buckets' => '', 'id' => $id])['Buckets'] ?? [] as $bucket) {
            $bytes[(string) $bucket['name']] = (int) $bucket['size']['current'];
        }
        return $bytes;
    }

    /** @throws ApiError BucketNotEmpty */
    public function deleteBucket(string $name): void
    {
        $this->log->watch("DELETE /$name", fn (): string => $this->http->send('DELETE', '/' . rawurlencode($name)));
    }

    /** @param int $gigabytes 0 is no limit */
    public function setQuota(string $id, int $gigabytes): void
    {
        $this->call('PUT', ['ostor-quotas' => '', 'id' => $id, 'quota-size' => (string) $gigabytes]);
    }

    /** The quota of a user in gigabytes; 0 is no limit. */
    public function quota(string $id): int
    {
        return (int) ($this->json('GET', ['ostor-quotas' => '', 'id' => $id])['size'] ?? 0);
    }

    /** Asks for the default quota of users: cheap, and only the system's users may. */
    public function ping(): void
    {
        $this->json('GET', ['ostor-quotas' => '', 'default' => 'user']);
    }

    /**
     * @param string $type     "ops", in operations a second, or "bandwidth", in kB/s
     * @param string $resource of ops: default, get, put, list, delete; of bandwidth: out
     * @param string $value    "0" is no limit
     */
    public function setLimit(string $id, string $type, string $resource, string $value): void
    {
        $this->call('PUT', [
            'ostor-limits' => '', 'id' => $id, 'limit-type' => $type, 'limit-resource' => $resource, 'limit-value' => $value,
        ]);
    }

    /** @return array<string, string> for example "ops:get" => "3600.00" */
    public function limits(string $id): array
    {
        return array_map(strval(...), $this->json('GET', ['ostor-limits' => '', 'id' => $id]));
    }

    /**
     * @param array<string, string> $parameters
     * @return array<array-key, mixed>
     */
    private function json(string $method, array $parameters): array
    {
        $answer = json_decode($this->call($method, $parameters), true);
        if (!is_array($answer)) {
            throw new ApiError('The answer of the gateway is not understood: is the server of this product a gateway?');
        }
        return $answer;
    }

    /** @param array<string, string> $parameters */
    private function call(string $method, array $parameters): string
    {
        $what = $method . ' /?' . SignatureV4::queryString($parameters);
        return $this->log->watch($what, fn (): string => $this->http->send($method, '/', $parameters));
    }
}
