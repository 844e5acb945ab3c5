"""Fills every folder that it may write into."""

written = 0
for folder in ("/tmp", "/dev/shm", "/dev", "/var/tmp", "/run", "/"):
    try:
        for number in range(100):
            with open(f"{folder}/full{number}", "wb", buffering=0) as file:
                written += file.write(bytes(2**20))
    except OSError:
        continue
raise RuntimeError(f"wrote {written >> 20} MB")
