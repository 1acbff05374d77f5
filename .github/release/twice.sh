#!/usr/bin/env bash
# Builds the last commit twice, as a release is built, from two clones in different folders and with two caches, and
# compares the programs byte for byte.
#
#   twice.sh [GOOS GOARCH]
set -euo pipefail
cd "$(dirname "$0")/../.."
export GOOS=${1:-$(go env GOOS)} GOARCH=${2:-$(go env GOARCH)} CGO_ENABLED=0 GOFLAGS=
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
commit=$(git rev-parse HEAD)
date=$(TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd)

# build FOLDER CACHE: what GoReleaser's flags make of a clone in FOLDER.
build() {
  mkdir -p "$(dirname "$work/$1")"
  git clone -q "file://$PWD" "$work/$1"
  git -C "$work/$1" checkout -q --detach "$commit"
  (
    cd "$work/$1"
    GOCACHE=$2 go build -trimpath -buildvcs=true -o doorstep -ldflags "-s -w \
      -X doorstep/ui/command.releaseVersion=0.0.0 \
      -X doorstep/ui/command.releaseCommit=$commit \
      -X doorstep/ui/command.releaseDate=$date" .
  )
}
build one "$(go env GOCACHE)"
build another/folder/deeper "$work/cache" # an empty one: nothing of the first build comes back
if ! cmp "$work/one/doorstep" "$work/another/folder/deeper/doorstep"; then
  echo "two builds of $commit differ; what the linker noted:"
  diff <(cd "$work/one" && go version -m doorstep) <(cd "$work/another/folder/deeper" && go version -m doorstep) || true
  exit 1
fi
printf 'two builds of %s for %s/%s are the same %d bytes\n' "${commit:0:12}" "$GOOS" "$GOARCH" \
  "$(wc -c <"$work/one/doorstep")"
