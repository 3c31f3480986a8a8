<?php

declare(strict_types=1);

namespace Coffer\Whmcs;

/** Does to a service's user at the gateway what WHMCS wants done to the service. */
final class Provisioner
{
    public function __construct(private readonly Gateway $gateway, private readonly Service $service)
    {
    }

    /**
     * Gives the service a user with one key. Done again, it takes over the user
     * that the service has; it never takes another's.
     */
    public function create(Plan $plan): void
    {
        $user = $this->existing() ?? $this->made();
        if ($user->system) {
            throw new ApiError("The user $user->id of the gateway is a user of the system.");
        }
        $this->service->checkNotHeld($user->id);
        $this->service->saveUser($user->id);
        $this->gateway->enable($user->id);
        if ($user->keys === []) {
            $this->gateway->generateKey($user->id);
        }
        $this->change($plan);
    }

    public function suspend(): void
    {
        $this->gateway->disable($this->service->needUser());
    }

    public function unsuspend(): void
    {
        $this->gateway->enable($this->service->needUser());
    }

    /**
     * Removes the user with empty buckets. Data are never removed: while there are
     * any, this is an error that names the buckets.
     */
    public function terminate(): void
    {
        $user = $this->service->needUser();
        try {
            $full = array_filter(array_keys($this->gateway->buckets($user)), fn ($name): bool => !$this->removed((string) $name));
            if ($full !== []) {
                throw new ApiError('Buckets are not empty: ' . implode(', ', array_slice($full, 0, 10)) . (count($full) > 10 ? ', ...' : '') . '.');
            }
            $this->gateway->deleteUser($user);
        } catch (ApiError $e) {
            if ($e->reason !== 'NoSuchUser') { // else it is gone, as it should
                throw $e;
            }
        }
    }

    /** Makes the plan that of the user. */
    public function change(Plan $plan): void
    {
        $plan->apply($this->gateway, $this->service->needUser());
        $this->service->saveQuota($plan->quota);
    }

    /** Puts one new key in place of all keys: the old ones no longer work. */
    public function replaceKeys(): void
    {
        $id = $this->service->needUser();
        $old = $this->gateway->user($id)->keys;
        while (count($old) > 1) { // two are the most, so there must be room for the new one
            $this->gateway->revokeKey($id, array_shift($old)->id);
        }
        $this->gateway->generateKey($id);
        foreach ($old as $key) {
            $this->gateway->revokeKey($id, $key->id);
        }
    }

    /** Adds a key; two are the most. */
    public function newKey(): void
    {
        $this->gateway->generateKey($this->service->needUser());
    }

    /** Revokes the oldest key. */
    public function revokeKey(): void
    {
        $id = $this->service->needUser();
        $keys = $this->gateway->user($id)->keys;
        if ($keys === []) {
            throw new ApiError('The user has no keys.');
        }
        $this->gateway->revokeKey($id, $keys[0]->id);
    }

    /**
     * The user that the service has, that an attempt to create it has left, or that
     * the client had before.
     */
    private function existing(): ?User
    {
        try {
            if ($this->service->user() !== '') {
                return $this->gateway->user($this->service->user());
            }
        } catch (ApiError $e) {
            if ($e->reason !== 'NoSuchUser') {
                throw $e;
            }
        }
        $user = $this->gateway->userByEmail($this->service->email);
        if ($user === null || $this->service->checkNotHeld($user->id) || $this->service->isMarked()) {
            return $user;
        }
        throw new ApiError("The address {$this->service->email} is that of the user $user->id of the gateway, which is not of this service. "
            . 'If the client is to have that user, enter its id as the user name of the service and create again.');
    }

    /** A new user. The mark says whose it is if WHMCS breaks off before it is saved. */
    private function made(): User
    {
        $this->service->markCreation();
        try {
            return $this->gateway->createUser($this->service->email);
        } catch (ApiError $e) {
            if ($e->status >= 400 && $e->status < 500) { // certainly not created
                $this->service->unmark();
            }
            throw $e;
        }
    }

    private function removed(string $bucket): bool
    {
        try {
            $this->gateway->deleteBucket($bucket);
            return true;
        } catch (ApiError $e) {
            return match ($e->reason) {
                'NoSuchBucket' => true,
                'BucketNotEmpty' => false,
                default => throw $e,
            };
        }
    }
}
