#!/usr/bin/env bash
# Makes the embedded recordings of real joins again: the program joins Dendrite and Synapse on loopback, as the tests in
# flow/interop have it do. Those tests install both homeservers where they are not there yet. It takes a few minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
(cd flow/interop && GOEXPERIMENT=jsonv2 CI=true DOORSTEP_RECORDINGS="$made" go test -count=1 -timeout 40m .)
for server in dendrite synapse; do
  for name in v{1,6,10,11,12} restricted-v10 encoded invited-v12 banned not-invited server-denied; do
    install -m 644 "$made/$server-$name.jsonl" recordings/
  done
  gunzip -c "$made/$server-big.jsonl.gz" | gzip -9n >"recordings/$server-big.jsonl.gz"
done
for name in synapse-omit-members-v10 synapse-and-dendrite-dry-run; do
  install -m 644 "$made/$name.jsonl" recordings/
done
