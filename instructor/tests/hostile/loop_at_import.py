"""Never ends, when the file is imported."""

while True:
    pass
