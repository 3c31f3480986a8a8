<?php

// Runs every function whose name begins with test_ against a live gateway. The
// environment says where it is: COFFER_TEST_HOST, _PORT, _TLS (1 or empty), and
// _ACCESS_KEY and _SECRET_KEY of a user of its system, whose UserId is _SYSTEM.

declare(strict_types=1);

set_error_handler(static fn (int $level, string $message, string $file, int $line) => throw new ErrorException($message, 0, $level, $file, $line));

require __DIR__ . '/whmcs.php';
require __DIR__ . '/../modules/servers/coffer/coffer.php';
require __DIR__ . '/support.php';
foreach (glob(__DIR__ . '/*_test.php') as $file) {
    require $file;
}

$failed = 0;
$tests = array_filter(get_defined_functions()['user'], static fn (string $name): bool => str_starts_with($name, 'test_'));
foreach ($tests as $test) {
    try {
        $test();
        echo "ok   $test\n";
    } catch (Throwable $e) {
        $failed++;
        $at = current(array_filter($e->getTrace(), static fn (array $frame): bool => str_ends_with($frame['file'] ?? '', '_test.php')));
        echo "FAIL $test, line " . ($at['line'] ?? $e->getLine()) . ': ' . $e->getMessage() . "\n";
    }
}
echo $failed === 0 ? 'all ' . count($tests) . " good\n" : "$failed failed\n";
exit(min(1, $failed));
