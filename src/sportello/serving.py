"""Runs the application under uvicorn, with the settings that long-lived sockets need."""

import socket
from typing import Any

import uvicorn


class PortTaken(Exception):
    """The address cannot be opened; the message says why."""


def uvicorn_config(app: Any, host: str, port: int) -> uvicorn.Config:
    """No deflate (35 kB a socket), pings so that dead phones are noticed, a bounded farewell."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=256 * 1024,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
    )


def open_port(host: str, port: int) -> socket.socket:
    """A bound socket, before anything else is started, so that a taken port costs nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        # SO_REUSEADDR lets two listeners' binds pass on some systems; listening is what decides.
        bound.listen(1024)
    except OSError as error:
        bound.close()
        raise PortTaken(
            f"setting server.port: cannot open {host}:{port}: {error.strerror};"
            " choose another with --port or SPORTELLO_SERVER_PORT"
        ) from error
    return bound
