"""Makes a namespace of users of its own, in which it may mount memory."""

import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)
USER, MOUNT, NET = 0x10000000, 0x00020000, 0x40000000
done = []
for flags in (USER, USER | MOUNT, MOUNT, NET):
    if LIBC.unshare(flags) == 0:
        done.append(f"unshare {flags:#x}")
stack = ctypes.create_string_buffer(2**16)
clone = 56 if os.uname().machine == "x86_64" else 220
child = LIBC.syscall(clone, USER | 17, 0, 0, 0, 0)
if child == 0:
    os._exit(0)
if child > 0:
    os.waitpid(child, 0)
    done.append("clone")
arguments = (ctypes.c_uint64 * 11)(USER, 0, 0, 0, 17)
child = LIBC.syscall(435, arguments, 88)
if child == 0:
    os._exit(0)
if child > 0:
    os.waitpid(child, 0)
    done.append("clone3")
if LIBC.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, b"") == 0:
    done.append("mount")
raise RuntimeError(f"made {done}")
