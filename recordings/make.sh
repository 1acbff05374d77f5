#!/usr/bin/env bash
# Makes the embedded sandbox recordings again, by running the program itself. A new recording has new keys, IDs and times;
# what it tells is the same.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(mktemp -d)/doorstep
go build -o "$program" .
for scenario in public-v{1..12} form-2015 two-residents same-server failover \
  invite invite-origin-left restricted notary not-invited banned unknown-alias no-candidate-answers; do
  "$program" sandbox "$scenario" --json --force --record "recordings/$scenario.jsonl" >/dev/null || [ $? = 1 ] || [ $? = 3 ]
done
go test ./recordings -run TestHostileRecording -update
