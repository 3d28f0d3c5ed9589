#!/bin/sh
# Serve the city: bring the database up to date, then become the server, so that Ctrl-C and signals reach it.
# HOST and PORT say where; SIZE (small or full) is the size of the demo city an empty database gets.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
export YZT_HOST="${HOST:-${YZT_HOST:-127.0.0.1}}" YZT_PORT="${PORT:-${YZT_PORT:-8501}}"
export YZT_DEMO_SIZE="${SIZE:-${YZT_DEMO_SIZE:-full}}"
YZT_HOST=$("$python" -m data ready --serve) # loopback as long as there is no administrator
exec "$python" -m streamlit run app.py --server.address "$YZT_HOST" --server.port "$YZT_PORT" --server.headless true
