"""Calls a server: on this machine's loopback, and by a name in no network."""

import contextlib
import socket

PORT = 0

sent = []
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    with contextlib.suppress(OSError):
        with socket.socket(socket.AF_INET, kind) as client:
            client.settimeout(1)
            client.connect(("127.0.0.1", PORT))
            client.send(b"the hidden cases")
        sent.append(kind.name)
with open("/proc/net/dev") as file:
    devices = [line.split(":")[0].strip() for line in file if ":" in line]
raise RuntimeError(f"devices {devices}; connected {[k for k in sent if k == 'SOCK_STREAM']}")
