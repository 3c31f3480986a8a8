"""Serves Barbican's API on 127.0.0.1: barbican_server.py PORT, 0 for any.

Takes its settings from ~/.barbican/barbican.conf. Prints the port once it
listens and ends when standard input does, so that it never outlives a test.
"""

import os
import sys
import threading
from wsgiref import simple_server

answer, sys.stdout = sys.stdout, sys.stderr  # logs must not be taken for the port

from oslo_service import backend  # noqa: E402

backend.init_backend(backend.BackendType.THREADING)  # before anything else is imported

from paste import deploy, urlmap  # noqa: E402


def with_request_id(app):
    """Sets what the filter unauthenticated-context reads and no filter before it sets."""

    def call(environ, start_response):
        environ.setdefault("webob.adhoc_attrs", {})["request_id"] = "req-e2e"
        return app(environ, start_response)

    return call


def end_with_input():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    # The pipeline without Keystone, as the package ships it.
    shipped = os.path.join(sys.prefix, "etc", "barbican", "barbican-api-paste.ini")
    routes = urlmap.URLMap()
    routes["/v1"] = with_request_id(deploy.loadapp("config:" + shipped, name="barbican_api"))
    server = simple_server.make_server("127.0.0.1", int(sys.argv[1]), routes)
    threading.Thread(target=end_with_input, daemon=True).start()
    print(server.server_port, file=answer, flush=True)
    server.serve_forever()


main()
