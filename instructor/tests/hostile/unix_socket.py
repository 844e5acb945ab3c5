"""Calls a server of this machine by a name that is no file."""

import socket

PORT = 0

with socket.socket(socket.AF_UNIX) as client:
    client.connect(f"\0hostile-{PORT}")
    client.send(b"the hidden cases")
raise RuntimeError("connected")
