package event

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// integerText returns the canonical spelling of a JSON number that is an integer within ±(2^53−1), however it is
// written.
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
