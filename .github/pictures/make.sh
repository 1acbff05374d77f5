#!/bin/sh
# Makes the pictures of the README from recordings that are embedded in the program. A test says when they are stale.
set -eu
cd "$(dirname "$0")/../.."

# picture NAME PARTS RECORDING: one picture.
picture() {
  go run . export --format svg --part "$2" "$3" --force --output ".github/pictures/$1.svg"
}

picture join ladder public-v12
picture refused ladder,findings banned
picture inside diff,sets public-v12
