<?php

declare(strict_types=1);

namespace Coffer\Whmcs;

use WHMCS\Database\Capsule;

/**
 * A service that a client has ordered, in the database of WHMCS. Its user name is
 * the UserId of its user at the gateway. While that user is being created, it is
 * a mark instead, so that an attempt that broke off can be told from a user who
 * was there before.
 */
final class Service
{
    private const ENDED = ['Terminated', 'Cancelled', 'Fraud'];

    private function __construct(
        public readonly int $id,
        private readonly int $client,
        private readonly int $server,
        private string $username,
        /** The e-mail address that its user at the gateway gets. */
        public readonly string $email,
    ) {
    }

    /** @param array<string, mixed> $params of a function of the module */
    public static function of(array $params): self
    {
        $id = (int) $params['serviceid'];
        $email = trim((string) ($params['clientsdetails']['email'] ?? ''));
        if (($params['configoption4'] ?? '') === 'service') {
            $email = (string) preg_replace('/@(?=[^@]*$)/', "+s$id@", $email);
        }
        return new self($id, (int) $params['userid'], (int) $params['serverid'], (string) ($params['username'] ?? ''), $email);
    }

    /** The UserId of the service's user, or "" before there is one. */
    public function user(): string
    {
        return User::isId($this->username) ? $this->username : '';
    }

    /** @throws ApiError if there is no user yet */
    public function needUser(): string
    {
        return $this->user() ?: throw new ApiError('This service has no user at the gateway: create it first.');
    }

    /** Notes that the user with the service's address is being created. */
    public function markCreation(): void
    {
        $this->save($this->mark());
    }

    /** Whether an earlier attempt to create the user broke off. */
    public function isMarked(): bool
    {
        return $this->username === $this->mark();
    }

    /** Takes the note back. */
    public function unmark(): void
    {
        $this->save('none');
    }

    /** Notes the user that the service has from now on. */
    public function saveUser(string $id): void
    {
        $this->save($id);
    }

    /**
     * Refuses a user that another service has: of another client at any time, of
     * the same client until it has ended.
     *
     * @return bool whether a service of this client that has ended had the user
     * @throws ApiError
     */
    public function checkNotHeld(string $user): bool
    {
        $others = Capsule::table('tblhosting')->where('server', $this->server)->where('username', $user)
            ->where('id', '!=', $this->id)->get(['id', 'userid', 'domainstatus']);
        $had = false;
        foreach ($others as $other) {
            if ((int) $other->userid !== $this->client || !in_array($other->domainstatus, self::ENDED, true)) {
                throw new ApiError("The user $user of the gateway belongs to service $other->id of client $other->userid.");
            }
            $had = true;
        }
        return $had;
    }

    /** Tells WHMCS the quota, in gigabytes, so that usage can be shown beside it. */
    public function saveQuota(int $gigabytes): void
    {
        Capsule::table('tblhosting')->where('id', $this->id)->update(['disklimit' => $gigabytes * 1024]);
    }

    private function mark(): string
    {
        return 'creating-' . substr(hash('sha256', strtolower($this->email)), 0, 16);
    }

    private function save(string $username): void
    {
        $answer = localAPI('UpdateClientProduct', ['serviceid' => $this->id, 'serviceusername' => $username]);
        if (($answer['result'] ?? '') !== 'success') {
            throw new ApiError('WHMCS does not save the user name of the service: ' . ($answer['message'] ?? 'no reason given') . '.');
        }
        $this->username = $username;
    }
}
