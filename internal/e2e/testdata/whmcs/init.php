<?php

// Stands in for the init.php of WHMCS: a session, and the functions and the class
// that the scripts call. What they do is printed as one JSON document at the end.

namespace WHMCS\Database {

    class Capsule
    {
        public static function connection()
        {
            return new self();
        }

        public function getPdo()
        {
            return $this;
        }

        public function exec($sql)
        {
            $GLOBALS['calls'][] = ['sql' => $sql];
            return 1;
        }
    }
}

namespace {

    $GLOBALS['calls'] = [];
    $GLOBALS['hooks'] = [];

    ini_set('session.use_cookies', '0');
    ini_set('session.cache_limiter', '');
    session_id('administrator');
    session_start();

    function localAPI($command, $values, $user)
    {
        $GLOBALS['calls'][] = ['command' => $command, 'values' => $values, 'user' => $user];
        if ($command === 'GetClientsDetails') {
            return ['result' => 'success', 'userid' => $values['clientid'], 'email' => "client+{$values['clientid']}@example.com"];
        }
        return ['result' => 'success'];
    }

    function add_hook($point, $priority, $function)
    {
        $GLOBALS['hooks'][$point] = $function;
    }

    register_shutdown_function(function () {
        echo json_encode(['session' => (object) $_SESSION, 'calls' => $GLOBALS['calls'], 'status' => http_response_code()]);
    });
}
