"""What a worker gives up by itself on Linux, before any code of a student's runs in it.

Landlock (Linux 5.13) closes all files but those named; a filter of system calls (seccomp) refuses
networks, new namespaces, and memory that no limit counts. Neither can be taken back. It is the
second wall in bubblewrap, and the first one where there is no bubblewrap.

The worker has no copy of this file: it gets the text, thus nothing but the standard library is
imported here.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import struct

# landlock(7), linux/landlock.h. Each version of the interface knows some rights more.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14 | 1 << 15
TCP, SCOPES = 0b11, 0b11  # bind and connect; abstract sockets and signals to others
CAPABILITIES_3 = 0x20080522
NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER_MODE = 38, 22, 2

# seccomp(2), linux/audit.h: the machine's mark, and its numbers of system calls.
MACHINES = {
    "x86_64": (
        0xC000003E,
        {
            "socket": 41,
            "clone": 56,
            "clone3": 435,
            "shmget": 29,
            "semget": 64,
            "msgget": 68,
            "ptrace": 101,
            "mount": 165,
            "mq_open": 240,
            "add_key": 248,
            "request_key": 249,
            "keyctl": 250,
            "unshare": 272,
            "perf_event_open": 298,
            "setns": 308,
            "process_vm_readv": 310,
            "process_vm_writev": 311,
            "memfd_create": 319,
            "bpf": 321,
            "userfaultfd": 323,
            "io_uring_setup": 425,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "socket": 198,
            "clone": 220,
            "clone3": 435,
            "shmget": 194,
            "semget": 190,
            "msgget": 186,
            "ptrace": 117,
            "mount": 40,
            "mq_open": 180,
            "add_key": 217,
            "request_key": 218,
            "keyctl": 219,
            "unshare": 97,
            "perf_event_open": 241,
            "setns": 268,
            "process_vm_readv": 270,
            "process_vm_writev": 271,
            "memfd_create": 279,
            "bpf": 280,
            "userfaultfd": 282,
            "io_uring_setup": 425,
        },
    ),
}
X32 = 0x40000000  # the other set of numbers of x86_64
NEW_USER_NAMESPACE = 0x10000000
# Instructions: load a word, compare, answer.
LOAD, EQUAL, GREATER_EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
KILL, ALLOW, REFUSE = 0x80000000, 0x7FFF0000, 0x00050000
NUMBER, MACHINE, FIRST_ARGUMENT = 0, 4, 16  # places in what a filter sees of a call


def confine(readable: list[str], writable: list[str]) -> list[str]:
    """Give up rights, files and system calls.

    Parameters
    ----------
    readable : list of str
        Files and folders that stay open for reading; what is not there is passed over.
    writable : list of str
        Those for writing too.

    Returns
    -------
    list of str
        The walls that hold now: ``"landlock"``, ``"seccomp"``.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    # All capabilities, which root has of old: effective, permitted and inheritable, twice 32 bits.
    libc.capset(struct.pack("Ii", CAPABILITIES_3, 0), bytes(24))
    walls = ["landlock"] if _close_files(libc, readable, writable) else []
    return walls + (["seccomp"] if _filter_calls(libc) else [])


def landlock_version() -> int:
    """The version of Landlock's interface; 0 where the kernel has none."""
    libc = ctypes.CDLL(None, use_errno=True)
    return max(0, int(libc.syscall(CREATE_RULESET, None, 0, 1)))


def _close_files(libc: ctypes.CDLL, readable: list[str], writable: list[str]) -> bool:
    version = landlock_version()
    if not version:
        return False
    every = (1 << RIGHTS.get(version, 16)) - 1
    handled = struct.pack("QQQ", every, TCP * (version >= 4), SCOPES * (version >= 6))
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = libc.syscall(CREATE_RULESET, handled, size, 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    read = EXECUTE | READ_FILE | READ_DIR
    for path, rights in [*((p, read) for p in readable), *((p, every) for p in writable)]:
        try:
            opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        allowed = every & rights & (-1 if os.path.isdir(path) else OF_FILES)
        failed = libc.syscall(ADD_RULE, ruleset, 1, struct.pack("=Qi", allowed, opened), 0)
        os.close(opened)
        if failed:
            raise OSError(ctypes.get_errno(), f"landlock_add_rule for {path}")
    if libc.syscall(RESTRICT_SELF, ruleset, 0):
        raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    os.close(ruleset)
    return True


def _filter_calls(libc: ctypes.CDLL) -> bool:
    program = filter_program(platform.machine())
    if not program:
        return False
    instructions = b"".join(struct.pack("HBBI", *one) for one in program)
    buffer = ctypes.create_string_buffer(instructions, len(instructions))
    head = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(buffer))
    if libc.prctl(SET_SECCOMP, FILTER_MODE, head, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")
    return True


def filter_program(machine: str) -> list[tuple[int, int, int, int]]:
    """The filter's instructions: code, jump if so, jump if not, operand.

    Each rule begins with the call's number and falls through to the next one.
    """
    if machine not in MACHINES:
        return []
    mark, calls = MACHINES[machine][0], dict(MACHINES[machine][1])
    refuse = (RETURN, 0, 0, REFUSE | errno.EPERM)
    program = [(LOAD, 0, 0, MACHINE), (EQUAL, 1, 0, mark), (RETURN, 0, 0, KILL)]
    program += [(LOAD, 0, 0, NUMBER), (GREATER_EQUAL, 0, 1, X32), (RETURN, 0, 0, KILL)]
    # No filter can read clone3's flags; without it the C library asks with clone.
    program += [(EQUAL, 0, 1, calls.pop("clone3")), (RETURN, 0, 0, REFUSE | errno.ENOSYS)]
    program += [(EQUAL, 0, 4, calls.pop("clone")), (LOAD, 0, 0, FIRST_ARGUMENT)]
    program += [(ANY_BIT, 0, 1, NEW_USER_NAMESPACE), refuse, (RETURN, 0, 0, ALLOW)]
    program += [(EQUAL, 0, 4, calls.pop("socket")), (LOAD, 0, 0, FIRST_ARGUMENT)]
    program += [(EQUAL, 1, 0, int(socket.AF_UNIX)), (RETURN, 0, 0, REFUSE | errno.EAFNOSUPPORT)]
    program += [(RETURN, 0, 0, ALLOW)]
    for number in calls.values():
        program += [(EQUAL, 0, 1, number), refuse]
    return [*program, (RETURN, 0, 0, ALLOW)]
