#!/bin/sh
# Checks ("lint") or formats ("format") the playground's JavaScript with Biome, or says in one sentence why it does not.
set -eu
skip() {
    # In CI nothing is skipped.
    if [ -n "${SEGBOT_NO_SKIPS:-}" ]; then echo "$1" >&2; exit 1; fi
    echo "$1 Skipping the playground's JavaScript; everything else is checked."
    exit 0
}
command -v npm >/dev/null || skip "npm is not installed (Debian: apt-get install npm)."
if [ ! node_modules/.ready -nt package-lock.json ]; then
    npm ci --silent || skip "npm could not install Biome, the JavaScript linter."
    touch node_modules/.ready
fi
exec npm run --silent "$1"
