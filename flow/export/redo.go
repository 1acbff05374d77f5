package export

import (
	"encoding/base64"
	"encoding/hex"

	"doorstep/flow/event"
	"doorstep/flow/shell"
	"doorstep/flow/verify"
)

// Redo writes down how to work out w again: a script for any POSIX shell, also for one that it is pasted into. It
// works in a folder of its own, which it removes, prints every value with its label, and exits with 1 where anything
// differs and with 2 where it cannot do its work. All of it is one subshell, so that a shell it is pasted into keeps
// its folder, its traps and its functions, and stays open. There are no comments: zsh takes them for commands.
func Redo(w verify.EventWork) shell.Text {
	r := redoing{w: w}
	r.begin()
	r.contentHash()
	r.eventID()
	r.signatures()
	r.Add(`exit "$bad"`, ")")
	return r.Text()
}

type redoing struct {
	shell.Script
	w verify.EventWork
}

// say prints a text of this program with names for its %s.
func (r *redoing) say(format shell.Code, names ...shell.Word) {
	words := []shell.Word{shell.Verbatim("printf"), shell.Verbatim("'" + format + `\n'`)}
	r.Do(append(words, names...)...)
}

// fault is say for what makes the script exit with 1.
func (r *redoing) fault(format shell.Code, names ...shell.Word) {
	r.say(format, names...)
	r.Add("bad=1")
}

// hashed says what the bytes are that are hashed next.
func (r *redoing) hashed(label, of shell.Code, b []byte) {
	r.say(label+": %s bytes of canonical JSON, "+of, shell.Number(len(b)))
}

// put writes bytes to a file of the folder, whose name is file.
func (r *redoing) put(b []byte, file ...shell.Word) {
	r.Print([]byte(base64.StdEncoding.EncodeToString(b)), shell.Verbatim("openssl base64 -d -A >"),
		shell.Beside(append([]shell.Word{shell.Verbatim(`"$dir"/`)}, file...)...))
}

func (r *redoing) begin() {
	r.Add(
		"(",
		`for tool in openssl rm; do command -v "$tool" >/dev/null 2>&1 ||`+
			` { printf '%s is missing here\n' "$tool" >&2; exit 2; }; done`,
		"umask 077",
		`dir=${TMPDIR:-/tmp}/doorstep.$$`,
		`if command -v mktemp >/dev/null 2>&1; then dir=$(mktemp -d) || exit 2; else mkdir "$dir" || exit 2; fi`,
		`trap 'rm -rf "$dir"' EXIT`,
		`trap 'exit 2' HUP INT TERM`,
		"bad=0",
		"sha256() {",
		`sum=$(openssl dgst -sha256 -binary "$1" | openssl base64 -A)`,
		`sum=${sum%=}`,
		"}",
		"compare() {",
		`printf '%s, worked out: %s\n%s, as given: %s\n' "$1" "$2" "$1" "$3"`,
		`if [ "x$2" = "x$3" ]; then printf '%s: same\n' "$1"; else printf '%s: differs\n' "$1"; bad=1; fi`,
		"}",
	)
}

// contentHash compares the content hash. An event that was redacted has lost what its hash covers: there is nothing
// to compare.
func (r *redoing) contentHash() {
	r.put(r.w.ContentBytes, shell.Verbatim("content"))
	r.hashed("content hash", "the event without hashes, signatures and unsigned", r.w.ContentBytes)
	r.Add(`sha256 "$dir/content"`)
	switch {
	case r.w.Redacted != nil:
		r.Add(`printf '%s: %s\n' 'content hash of what is left' "$sum"`)
		r.say("content hash, as given: %s", shell.Label(r.w.ContentClaimed))
		r.say("content hash: not compared, the event was redacted and its hash covers what was dropped")
	case r.w.ContentClaimed == "":
		r.Add(`printf '%s: %s\n' 'content hash, worked out' "$sum"`)
		r.fault("content hash: missing from the event")
	default:
		r.Do(shell.Verbatim(`compare 'content hash' "$sum"`), shell.Label(r.w.ContentClaimed))
	}
}

// eventID compares the event ID with the reference hash; in versions 1 and 2 it is no hash.
func (r *redoing) eventID() {
	r.put(r.w.SignedBytes, shell.Verbatim("signed"))
	r.hashed("reference hash, and what is signed", "the redacted event without signatures and unsigned", r.w.SignedBytes)
	r.Add(`sha256 "$dir/signed"`)
	switch r.w.Event.Version().IDs {
	case event.IDChosen:
		r.Add(`printf '%s: %s\n' 'reference hash, worked out' "$sum"`)
		r.say("event ID: not compared, in this room version its server chose it: %s", shell.Label(r.w.EventID))
		return
	case event.IDURLSafe:
		r.Add(`while :; do case $sum in *+*) sum=${sum%%+*}-${sum#*+} ;; */*) sum=${sum%%/*}_${sum#*/} ;;` +
			` *) break ;; esac; done`)
	}
	r.Do(shell.Verbatim(`compare 'event ID' '$'"$sum"`), shell.Label(r.w.EventID))
}

// signatures verifies every signature whose key is known. A server that must have signed, and of which nothing can be
// verified, is a fault; so is any signature that does not verify.
func (r *redoing) signatures() {
	weighed := map[string]bool{}
	for _, s := range r.w.Signatures {
		weighed[s.Server] = weighed[s.Server] || s.PublicKey != ""
	}
	ready := false
	for i, s := range r.w.Signatures {
		server, key := shell.Label(s.Server), shell.Label(s.KeyID)
		switch {
		case s.Awaited:
			r.say("signature of %s: not there yet, it signs when it takes the join", server)
		case s.KeyID == "":
			r.fault("signature of %s: missing", server)
		case s.PublicKey == "" && s.Required && !weighed[s.Server]:
			r.fault("signature of %s with %s: not checked, its key is not known", server, key)
		case s.PublicKey == "":
			r.say("signature of %s with %s: not checked, its key is not known", server, key)
		default:
			if !ready {
				r.verifier()
				ready = true
			}
			r.signature(i+1, s)
		}
	}
}

// verifier adds what verifies one signature. It is tried out on an example of RFC 8032 first: an openssl that does
// not know ed25519 says no to every signature, and would be believed.
func (r *redoing) verifier() {
	r.Add(`verifies() { openssl pkeyutl -verify -rawin -pubin -keyform DER` +
		` -inkey "$dir/$1.key" -in "$2" -sigfile "$dir/$1.sig" >/dev/null 2>&1; }`)
	r.put(derKey(rfc8032.public), shell.Verbatim("example.key"))
	r.put(rfc8032.signature, shell.Verbatim("example.sig"))
	r.put(rfc8032.message, shell.Verbatim("example"))
	r.Add(
		`verifies example "$dir/example" ||`+
			` { printf '%s\n' 'this openssl cannot verify ed25519 signatures: version 3 can' >&2; exit 2; }`,
		"signature() {",
		`if verifies "$1" "$dir/signed"; then printf 'signature of %s with %s: verifies\n' "$2" "$3"`,
		`else printf 'signature of %s with %s: does not verify\n' "$2" "$3"; bad=1; fi`,
		"}",
	)
}

func (r *redoing) signature(n int, s verify.SignatureWork) {
	server, key := shell.Label(s.Server), shell.Label(s.KeyID)
	public, err := base64.RawStdEncoding.DecodeString(s.PublicKey)
	signature, _, errSignature := event.DecodeBase64(s.Signature)
	if err != nil || errSignature != nil {
		r.fault("signature of %s with %s: cannot be read", server, key)
		return
	}
	r.put(derKey(public), shell.Number(n), shell.Verbatim(".key"))
	r.put(signature, shell.Number(n), shell.Verbatim(".sig"))
	r.say("verify key %s of %s: %s", key, server, shell.Label(s.PublicKey))
	r.Do(shell.Verbatim("signature"), shell.Number(n), server, key)
}

// derKey is an ed25519 public key as openssl reads it. RFC 8410, section 4.
func derKey(public []byte) []byte {
	return append([]byte{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00}, public...)
}

// rfc8032 is test 2 of RFC 8032, section 7.1.
var rfc8032 = struct{ public, message, signature []byte }{
	unhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
	unhex("72"),
	unhex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
		"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}
