"""Tries to kill all others, to take rights and to give files away."""

import os
import signal


def tried(name, function, *arguments):
    try:
        function(*arguments)
    except (OSError, ProcessLookupError):
        return []
    return [name]


done = tried("kill the parent", os.kill, os.getppid(), signal.SIGKILL)
done += tried("become root", os.setuid, 0)
done += tried("change the owner", os.chown, __file__, 0, 0)
done += tried("change the rights", os.chmod, __file__, 0o777)
done += tried("raise its priority", os.nice, -5)
done += tried("open the disk", os.open, "/dev/vda", os.O_RDONLY)
done += tried("leave the kit's folder", os.chroot, "/tmp")
done += tried("kill all others", os.kill, -1, signal.SIGKILL)
raise RuntimeError(f"was able to {done}")
