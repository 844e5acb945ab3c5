"""Opens sockets of every family: to the host of a virtual machine, to the kernel, to the air."""

import contextlib
import socket

opened = []
for family in range(50):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        with contextlib.suppress(OSError), socket.socket(family, kind):
            opened.append(family)
raise RuntimeError(f"opened {sorted(set(opened) - {socket.AF_UNIX})}")
