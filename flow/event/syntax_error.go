package event

import "fmt"

// A SyntaxError says why a JSON text cannot be read, or not in one way only, or has no canonical form.
type SyntaxError struct {
	Kind   SyntaxKind
	Offset int    // in bytes, into the text that was to be read
	Path   string // JSON pointer to the value or key at fault, or to what holds it; "" is the whole text
	Why    string // in words, with the culprit quoted
}

func (e *SyntaxError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("offset %d: %s", e.Offset, e.Why)
	}
	return fmt.Sprintf("offset %d, at %q: %s", e.Offset, e.Path, e.Why)
}

// A SyntaxKind sorts syntax errors by what is wrong.
type SyntaxKind int

const (
	NotJSON       SyntaxKind = iota // breaks the grammar of JSON, or is not the kind of value asked for
	DuplicateKey                    // a key twice in one object: readers disagree about which counts
	LoneSurrogate                   // an escape for half a character
	InvalidUTF8                     // bytes that are no character
	TooDeep                         // more than MaxNesting objects and arrays in each other
	TooLong                         // more than MaxText bytes
	BadNumber                       // JSON, but no integer within ±(2^53−1) as canonical JSON spells it
)

func (k SyntaxKind) String() string {
	switch k {
	case NotJSON:
		return "not JSON"
	case DuplicateKey:
		return "duplicate key"
	case LoneSurrogate:
		return "lone surrogate"
	case InvalidUTF8:
		return "invalid UTF-8"
	case TooDeep:
		return "too deep"
	case TooLong:
		return "too long"
	case BadNumber:
		return "number out of canonical JSON"
	}
	return fmt.Sprintf("SyntaxKind(%d)", int(k))
}

func fail(kind SyntaxKind, offset int, format string, args ...any) *SyntaxError {
	return &SyntaxError{Kind: kind, Offset: offset, Why: fmt.Sprintf(format, args...)}
}

// unexpected is the error for the byte at pos, or for the end of the text, where something else belongs.
func unexpected(src []byte, pos int, want string) *SyntaxError {
	if pos >= len(src) {
		return fail(NotJSON, len(src), "text ends where %s belongs", want)
	}
	if c := src[pos]; c >= 0x80 {
		return fail(NotJSON, pos, "byte 0x%02x where %s belongs", c, want)
	}
	return fail(NotJSON, pos, "%q where %s belongs", src[pos], want)
}
