package event

import (
	"encoding/base64"
	"errors"
	"strings"
)

var errNotBase64 = errors.New("not base64")

// EncodeBase64 gives unpadded standard base64. Spec: appendices, unpadded Base64.
func EncodeBase64(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }

// DecodeBase64 decodes standard base64. It accepts padding and stray low bits in the last digit; canonical is false
// then, so it reports whether EncodeBase64 gives s again. White space and the URL-safe digits are errors.
func DecodeBase64(s string) (b []byte, canonical bool, err error) {
	digits := strings.TrimRight(s, "=")
	if len(s)-len(digits) > 2 || strings.ContainsAny(digits, "\r\n") { // encoding/base64 skips line breaks
		return nil, false, errNotBase64
	}
	b, err = base64.RawStdEncoding.DecodeString(digits)
	if err != nil {
		return nil, false, errNotBase64
	}
	return b, len(digits) == len(s) && noStrayBits(digits), nil
}

// noStrayBits reports whether the bits of the last digit that stand for nothing are zero.
func noStrayBits(digits string) bool {
	switch len(digits) % 4 {
	case 2:
		return strings.IndexByte("AQgw", digits[len(digits)-1]) >= 0
	case 3:
		return strings.IndexByte("AEIMQUYcgkosw048", digits[len(digits)-1]) >= 0
	}
	return true
}
