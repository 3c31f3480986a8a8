<?php

// What the module uses of WHMCS: enough for its tests, and no more.

declare(strict_types=1);

namespace WHMCS\Database {

    /** A query on rows in memory, with the methods of Laravel's builder that the module calls. */
    final class Capsule
    {
        /** @var array<string, list<\stdClass>> */
        public static array $tables = ['tblhosting' => []];

        /** @var list<callable(\stdClass): bool> */
        private array $conditions = [];

        private function __construct(private readonly string $name)
        {
        }

        public static function table(string $name): self
        {
            return new self($name);
        }

        public function where(string $column, mixed $operator, mixed $value = null): self
        {
            [$operator, $value] = func_num_args() === 2 ? ['=', $operator] : [$operator, $value];
            $this->conditions[] = static fn (\stdClass $row): bool => match ($operator) {
                '=' => $row->$column == $value,
                '!=' => $row->$column != $value,
            };
            return $this;
        }

        public function whereIn(string $column, array $values): self
        {
            $this->conditions[] = static fn (\stdClass $row): bool => in_array($row->$column, $values);
            return $this;
        }

        /** @return list<\stdClass> */
        public function get(array $columns): array
        {
            $only = array_flip($columns);
            return array_map(static fn (\stdClass $row): \stdClass => (object) array_intersect_key((array) $row, $only), $this->rows());
        }

        public function update(array $values): int
        {
            foreach ($this->rows() as $row) {
                foreach ($values as $column => $value) {
                    $row->$column = $value;
                }
            }
            return count($this->rows());
        }

        /** @return list<\stdClass> */
        private function rows(): array
        {
            $rows = self::$tables[$this->name];
            foreach ($this->conditions as $condition) {
                $rows = array_filter($rows, $condition);
            }
            return array_values($rows);
        }
    }
}

namespace {

    use WHMCS\Database\Capsule;

    define('WHMCS', true);

    /** What happened to the stand-in. */
    final class Whmcs
    {
        /** @var list<array{module: string, action: string, request: string, response: string}> */
        public static array $log = [];

        /** How many calls of localAPI are answered before one fails; null: all. */
        public static ?int $failAfter = null;
    }

    function logModuleCall(string $module, string $action, string $request, string $response, string $data, array $masked): void
    {
        Whmcs::$log[] = ['module' => $module, 'action' => $action, 'request' => $request, 'response' => $response];
    }

    function localAPI(string $command, array $values): array
    {
        if (Whmcs::$failAfter !== null && Whmcs::$failAfter-- === 0) {
            Whmcs::$failAfter = null;
            return ['result' => 'error', 'message' => 'The database is away'];
        }
        if ($command !== 'UpdateClientProduct' || $values['serviceusername'] === '') {
            return ['result' => 'error', 'message' => 'Not what the module should do'];
        }
        Capsule::table('tblhosting')->where('id', $values['serviceid'])->update(['username' => $values['serviceusername']]);
        return ['result' => 'success'];
    }
}
