"""Looks for the course's secret in every process's memory, environment and files."""

import os

SECRET = b"secret of this " + b"course"


def contents(pid):
    """What can be read of a process."""
    for name in ("environ", "cmdline", "maps", "mem", "status"):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                yield name, file.read(10**6)
        except OSError:
            continue
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            yield f"fd {name}", os.readlink(f"/proc/{pid}/fd/{name}").encode()
    except OSError:
        return


others = [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) != os.getpid()]
found, memory = [], []
for pid in others:
    for name, content in contents(pid):
        found += [name] if SECRET in content else []
        memory += [pid] if name in ("maps", "mem") and content else []
found += [key for key, value in os.environ.items() if SECRET.decode() in value]
raise RuntimeError(f"processes {sorted(others)}; secret in {found}; memory of {memory}")
