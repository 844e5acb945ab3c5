"""Takes memory that is no process's: shared segments, queues, files without a name."""

import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)
taken = []
for key in range(1, 20):
    if LIBC.shmget(key, ctypes.c_size_t(64 * 2**20), 0o1666) >= 0:
        taken.append("shmget")
    if LIBC.msgget(key, 0o1666) >= 0:
        taken.append("msgget")
    if LIBC.semget(key, 10, 0o1666) >= 0:
        taken.append("semget")
if LIBC.syscall(319 if os.uname().machine == "x86_64" else 279, b"x", 0) >= 0:
    taken.append("memfd_create")
for folder in ("/dev/shm", "/dev/mqueue", "/run/lock", "/var/tmp"):
    try:
        with open(f"{folder}/hostile_was_here", "wb") as file:
            file.write(bytes(2**20))
        taken.append(folder)
    except OSError:
        pass
raise RuntimeError(f"took {sorted(set(taken))}")
