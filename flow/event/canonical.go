package event

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// Canonical returns the canonical form of the JSON text src: no white space, keys in the order of their code points, the
// shortest escapes. Canonical forms of one value are the same bytes, and no longer than any other spelling of it.
//
// strict: every number must already be an integer within ±(2^53−1) in canonical spelling, so -0, 1.0 and 1e3 are refused
// (room versions 6 and later, and all signed JSON that is no event). Otherwise the text of numbers is kept exactly.
// Normal instead rewrites the numbers that can be.
//
// Errors are *SyntaxError: not JSON, a duplicate key, a lone surrogate, invalid UTF-8, too deep, too long, and when strict
// a number out of canonical JSON. Spec: appendices, canonical JSON.
func Canonical(src []byte, strict bool) ([]byte, error) {
	if strict {
		return canonical(src, refuseNumbers)
	}
	return canonical(src, keepNumbers)
}

// Normal returns the canonical form of the value src stands for, numbers included: -0 becomes 0, 1e10 becomes
// 10000000000, 2.50e1 becomes 25. A number that is no integer within ±(2^53−1) is an error. This is what a sender may do
// with its own JSON; what was received and is to be verified must pass Canonical instead.
// Spec: appendices, canonical JSON, examples.
func Normal(src []byte) ([]byte, error) { return canonical(src, normalNumbers) }

func canonical(src []byte, numbers numberRule) ([]byte, error) {
	t, err := read(src, numbers)
	defer t.release()
	if err != nil {
		return nil, err
	}
	return t.appendValue(make([]byte, 0, len(src)), 0), nil
}

// integerText returns the canonical spelling of a JSON number that is an integer within ±(2^53−1), however it is written.
func integerText(number []byte) (text []byte, ok bool) {
	mantissa, exponent := number, 0
	if i := bytes.IndexAny(number, "eE"); i >= 0 {
		var err error
		mantissa = number[:i]
		if exponent, err = strconv.Atoi(string(number[i+1:])); err != nil {
			// Out of the range of int: only zero times that is an integer in range, and zero is so with any exponent.
			exponent = math.MaxInt32
		}
	}
	negative := mantissa[0] == '-'
	if negative {
		mantissa = mantissa[1:]
	}
	whole, fraction, _ := bytes.Cut(mantissa, []byte("."))
	digits := bytes.TrimLeft(append(bytes.Clone(whole), fraction...), "0")
	if len(digits) == 0 {
		return []byte("0"), true
	}
	// The value is digits × 10^exponent.
	exponent -= len(fraction)
	significant := bytes.TrimRight(digits, "0")
	exponent += len(digits) - len(significant)
	if exponent < 0 || exponent > 16 || len(significant)+exponent > 16 {
		return nil, false
	}
	digits = append(significant, bytes.Repeat([]byte("0"), exponent)...)
	if n, err := strconv.ParseInt(string(digits), 10, 64); err != nil || n > maxInteger {
		return nil, false
	}
	if negative {
		digits = append([]byte("-"), digits...)
	}
	return digits, true
}

// badNumber says why canonical JSON does not allow a number.
func badNumber(number []byte) string {
	shown := clip(number)
	switch {
	case bytes.ContainsAny(number, "eE"):
		return fmt.Sprintf("number %s has an exponent", shown)
	case bytes.Contains(number, []byte(".")):
		return fmt.Sprintf("number %s has a fraction", shown)
	case string(number) == "-0":
		return "number -0 is not allowed"
	}
	return fmt.Sprintf("number %s is not within ±(2^53−1)", shown)
}
