#!/usr/bin/env bash
# Makes the embedded recordings of real joins again: the program joins Dendrite and Synapse on loopback, as the tests in
# flow/interop have it do. Those tests install both homeservers where they are not there yet. It takes a few minutes.
# With names (dendrite-redacted-v11 …) only those are replaced.
set -euo pipefail
cd "$(dirname "$0")/.."
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
names=("$@")
if [ $# = 0 ]; then
  for server in dendrite synapse; do
    for name in v{1,6,10,11,12} restricted-v10 encoded invited-v12 redacted-v11 tombstone-v12 banned not-invited server-denied big; do
      names+=("$server-$name")
    done
  done
  names+=(synapse-omit-members-v10 synapse-and-dendrite-dry-run)
fi
(cd flow/interop && GOEXPERIMENT=jsonv2 CI=true DOORSTEP_RECORDINGS="$made" go test -count=1 -timeout 40m .)
for name in "${names[@]}"; do
  if [ -e "$made/$name.jsonl.gz" ]; then
    gunzip -c "$made/$name.jsonl.gz" | gzip -9n >"recordings/$name.jsonl.gz"
  else
    install -m 644 "$made/$name.jsonl" recordings/
  fi
done
