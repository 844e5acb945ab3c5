#!/usr/bin/env bash
# Fill the datasets folder: `bash get_datasets.sh [scenes|coco|reviews]`; without a name the scenes,
# then COCO. On Windows: `python -m cs231n_rnn data`, with the same names, or `all`.
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" || exit 1
case "${1-}" in '' | --url*) set -- all "$@" ;; esac
for python in .venv/bin/python .venv/Scripts/python.exe python3 python; do
    if "$python" -c 'import h5py, tqdm' 2>/dev/null; then
        exec "$python" -m cs231n_rnn data "$@"
    fi
done
echo "No Python here has the kit's libraries. Run: python3 -m pip install -r requirements.txt" >&2
exit 1
