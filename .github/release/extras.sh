#!/usr/bin/env bash
# What goes with the program in a release: the manual, completions for four shells, and the licences of what is linked.
#
#   extras.sh DIR [VERSION [COMMIT DATE]]
#
# DIR is emptied first. The same commit makes the same files: what is packed holds no time.
set -euo pipefail
cd "$(dirname "$0")/../.."
to=${1:?usage: extras.sh DIR [VERSION [COMMIT DATE]]}
set_by() { printf -- '-X doorstep/ui/command.%s=%s' "$1" "$2"; }
flags="$(set_by releaseVersion "${2:-}") $(set_by releaseCommit "${3:-}") $(set_by releaseDate "${4:-}")"

rm -rf "$to"
mkdir -p "$to/completions"
built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
CGO_ENABLED=0 GOOS="" GOARCH="" go build -trimpath -ldflags "$flags" -o "$built/doorstep" .

"$built/doorstep" man --dir "$to/man"
gzip -9n "$to"/man/*.1
"$built/doorstep" completion bash >"$to/completions/doorstep.bash"
"$built/doorstep" completion zsh >"$to/completions/_doorstep"
"$built/doorstep" completion fish >"$to/completions/doorstep.fish"
"$built/doorstep" completion powershell >"$to/completions/doorstep.ps1"
(cd .github/licences && go run . texts) >"$to/LICENSES-THIRD-PARTY.txt"
