package mitm

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// A value is a tnetstring: what it holds, and the byte after it, which says what that is. What it holds is not looked
// into before somebody asks, and never by recursion: how deep values nest, and how many there are, costs nothing.
type value struct {
	kind byte
	data []byte
}

// The kinds of values. A value of kind none is not there, which to mitmproxy is the same as null.
const (
	none    byte = 0
	null    byte = '~'
	truth   byte = '!'
	integer byte = '#'
	float   byte = '^'
	raw     byte = ','
	text    byte = ';'
	list    byte = ']'
	dict    byte = '}'
)

var kinds = map[byte]string{none: "nothing", null: "null", truth: "a boolean", integer: "an integer",
	float: "a number", raw: "bytes", text: "a text", list: "a list", dict: "a dictionary"}

// mostDigits are those of the longest length that a value may have.
const mostDigits = 12

// pop takes the first value off b.
func pop(b []byte) (v value, rest []byte, err error) {
	colon := bytes.IndexByte(b[:min(len(b), mostDigits+1)], ':')
	if colon < 0 {
		return v, nil, fmt.Errorf("%q is no length", clipped(b))
	}
	n, err := length(b[:colon])
	if err != nil {
		return v, nil, err
	}
	b = b[colon+1:]
	if n >= int64(len(b)) {
		return v, nil, fmt.Errorf("a value claims %d bytes, and there are %d", n, len(b))
	}
	v = value{kind: b[n], data: b[:n]}
	if _, known := kinds[v.kind]; !known || v.kind == none {
		return v, nil, fmt.Errorf("%q is no kind of value", v.kind)
	}
	return v, b[n+1:], nil
}

// length reads the length of a value.
func length(digits []byte) (int64, error) {
	if len(digits) == 0 || len(digits) > mostDigits || len(digits) > 1 && digits[0] == '0' {
		return 0, fmt.Errorf("%q is no length", clipped(digits))
	}
	var n int64
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, fmt.Errorf("%q is no length", clipped(digits))
		}
		n = n*10 + int64(d-'0')
	}
	return n, nil
}

func clipped(b []byte) []byte { return b[:min(len(b), 20)] }

// there reports whether a value is more than null.
func (v value) there() bool { return v.kind != none && v.kind != null }

// members calls each with every member of a dictionary, in their order.
func (v value) members(each func(key string, v value) error) error {
	if v.kind != dict {
		return wanted("a dictionary", v)
	}
	for rest := v.data; len(rest) > 0; {
		var key, member value
		var err error
		if key, rest, err = pop(rest); err != nil {
			return err
		}
		if key.kind != text && key.kind != raw {
			return fmt.Errorf("the name of a member is %s", kinds[key.kind])
		}
		if member, rest, err = pop(rest); err != nil {
			return fmt.Errorf("%q: %w", clipped(key.data), err)
		}
		if err := each(string(key.data), member); err != nil {
			return fmt.Errorf("%q: %w", clipped(key.data), err)
		}
	}
	return nil
}

// pick finds members of a dictionary by their names; those that are not there stay as they are.
func (v value) pick(want map[string]*value) error {
	return v.members(func(key string, member value) error {
		if into := want[key]; into != nil {
			*into = member
		}
		return nil
	})
}

// elements calls each with every element of a list, of which there must be no more than most.
func (v value) elements(most int, each func(value) error) error {
	if v.kind != list {
		return wanted("a list", v)
	}
	n := 0
	for rest := v.data; len(rest) > 0; n++ {
		if n == most {
			return fmt.Errorf("there are more than %d elements", most)
		}
		var e value
		var err error
		if e, rest, err = pop(rest); err != nil {
			return err
		}
		if err := each(e); err != nil {
			return err
		}
	}
	return nil
}

// bytes gives the bytes of a text, or of bytes: versions of mitmproxy differ in which of them they use.
func (v value) bytes() ([]byte, error) {
	if v.kind != text && v.kind != raw {
		return nil, wanted("bytes", v)
	}
	return v.data, nil
}

// text gives a text; empty where there is none.
func (v value) text() (string, error) {
	if !v.there() {
		return "", nil
	}
	b, err := v.bytes()
	return string(b), err
}

// whole gives an integer.
func (v value) whole() (int64, error) {
	if v.kind != integer {
		return 0, wanted("an integer", v)
	}
	n, err := strconv.ParseInt(string(clipped(v.data)), 10, 64)
	if err != nil || len(v.data) > 20 {
		return 0, fmt.Errorf("%q is no integer", clipped(v.data))
	}
	return n, nil
}

// number gives a number.
func (v value) number() (float64, error) {
	if v.kind != integer && v.kind != float {
		return 0, wanted("a number", v)
	}
	f, err := strconv.ParseFloat(string(v.data[:min(len(v.data), 40)]), 64)
	if err != nil || len(v.data) > 40 || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("%q is no number", clipped(v.data))
	}
	return f, nil
}

func wanted(what string, v value) error {
	if v.kind == none {
		return errors.New("it is missing")
	}
	return fmt.Errorf("it is %s, and has to be %s", kinds[v.kind], what)
}
