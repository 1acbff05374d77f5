package auth

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
	"strings"

	"doorstep/flow/event"
)

// A Level is a power level: an integer of any size, or what a creator has in version 12, above every integer.
// The zero value is 0.
type Level struct {
	small    int64
	big      *big.Int // when it does not fit small
	infinite bool
}

// Integer returns the level n.
func Integer(n int64) Level { return Level{small: n} }

// Infinite is the level of a room's creators in version 12.
var Infinite = Level{infinite: true}

// Compare returns -1 if l is below m, 0 if they are equal, and 1 if l is above m.
func (l Level) Compare(m Level) int {
	switch {
	case l.infinite || m.infinite:
		return boolInt(l.infinite) - boolInt(m.infinite)
	case l.big != nil || m.big != nil:
		return l.integer().Cmp(m.integer())
	case l.small < m.small:
		return -1
	case l.small > m.small:
		return 1
	}
	return 0
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (l Level) integer() *big.Int {
	if l.big != nil {
		return l.big
	}
	return big.NewInt(l.small)
}

// String gives the integer in decimal, or "infinite".
func (l Level) String() string {
	switch {
	case l.infinite:
		return "infinite"
	case l.big != nil:
		return l.big.String()
	}
	return strconv.FormatInt(l.small, 10)
}

// Why a value is no power level. The last is special: versions 1 to 5 have a sentence of their own about it.
const (
	notJSON      = "not a JSON value"
	notNumber    = "neither an integer nor a string of one"
	notInteger   = "not an integer"
	onlyIntegers = "not an integer, and strings do not count as one in this room version"
	outOfRange   = "outside the range of a double"
)

// maxDigits is how many digits the largest double has; nothing longer is read as a level, whatever the version.
const maxDigits = 309

// ParseLevel reads a power level from its JSON text as room versions of that form do, and says why when it is none.
// Booleans and null never are. Spec: rooms/v1, "m.room.power_levels events accept values as strings" (versions 1 to 9)
// and "… as floats" (1 to 5).
func ParseLevel(raw []byte, form event.PowerForm) (l Level, why string) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return Level{}, notJSON
	}
	switch c := raw[0]; {
	case c == '"' && form == event.PowerIntegers:
		return Level{}, onlyIntegers
	case c == '"':
		s, ok := event.String(raw)
		if !ok {
			return Level{}, notJSON
		}
		return parseInteger(strings.TrimSpace(s))
	case c != '-' && (c < '0' || c > '9'):
		if form == event.PowerIntegers {
			return Level{}, notInteger
		}
		return Level{}, notNumber
	case bytes.ContainsAny(raw, ".eE"):
		if form != event.PowerLoose {
			return Level{}, notInteger
		}
		return parseFloat(string(raw))
	}
	return parseInteger(string(raw))
}

// parseInteger reads decimal digits with at most one sign before them.
func parseInteger(s string) (Level, string) {
	digits, sign := s, ""
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		digits, sign = s[1:], s[:1]
	}
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return Level{}, notInteger
	}
	digits = strings.TrimLeft(digits, "0")
	if len(digits) > maxDigits {
		return Level{}, outOfRange
	}
	if digits == "" {
		return Level{}, ""
	}
	if sign == "-" {
		digits = sign + digits
	}
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return Level{small: n}, ""
	}
	n, _ := new(big.Int).SetString(digits, 10)
	return Level{big: n}, ""
}

// parseFloat reads a number with a point or an exponent: the exponent first, then cut at the point.
func parseFloat(s string) (Level, string) {
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case math.IsInf(f, 0):
		return Level{}, outOfRange
	case err != nil || math.IsNaN(f):
		return Level{}, notNumber
	case math.Abs(f) < 1<<62:
		return Level{small: int64(f)}, ""
	}
	n, _ := big.NewFloat(f).Int(nil)
	return Level{big: n}, ""
}
