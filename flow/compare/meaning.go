package compare

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"

	"doorstep/flow/event"
)

// mostLevels bounds how deep documents are taken apart: what lies deeper is compared as one value.
const mostLevels = 24

func first(v []byte) byte {
	if len(v) == 0 {
		return 0
	}
	return v[0]
}

// meanings are what objects and lists mean, by where they begin and how long they are: a document may be the beginning
// of the one that it is compared with.
type meanings map[extent]string

// An extent is where a value stands in memory.
type extent struct {
	first *byte
	size  int
}

// of is a text that is the same for values that mean the same: numbers by value, strings by their text, objects
// whatever the order of their members. What cannot be read means its own bytes. Objects and lists mean a digest of what
// their parts do, worked out once, so that a document nested to any depth is read as often as it has levels that count.
func (m meanings) of(v []byte) string { return m.at(v, 0) }

func (m meanings) at(v []byte, level int) string {
	v = bytes.TrimSpace(v)
	switch c := first(v); {
	case c == '"':
		if s, ok := event.String(v); ok {
			return string(event.Quote(s))
		}
	case c == '-' || c >= '0' && c <= '9':
		return number(v)
	case (c == '{' || c == '[') && level < mostLevels:
		place := extent{&v[0], len(v)}
		if said, known := m[place]; known {
			return said
		}
		h := sha256.New()
		if !m.digest(h, v, level) {
			return string(v)
		}
		said := string(h.Sum([]byte{c}))
		m[place] = said
		return said
	}
	return string(v)
}

// digest writes what the parts of an object or a list mean, each with its length before it; false where it cannot be
// read.
func (m meanings) digest(h hash.Hash, v []byte, level int) bool {
	write := func(s string) {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(s)))
		h.Write(size[:])
		io.WriteString(h, s)
	}
	if first(v) == '[' {
		elements, err := event.Elements(v)
		for _, e := range elements {
			write(m.at(e, level+1))
		}
		return err == nil
	}
	members, err := event.Members(v)
	slices.SortFunc(members, func(x, y event.Member) int { return cmp.Compare(x.Key, y.Key) })
	for _, x := range members {
		write(x.Key)
		write(m.at(x.Value, level+1))
	}
	return err == nil
}

// number spells a number so that equal values have one spelling, of any size: its digits without zeros at either end,
// and the power of ten of the last. What is no number stays as it is.
func number(v []byte) string {
	text := string(v)
	digits, negative := strings.CutPrefix(text, "-")
	digits, power, hasPower := strings.Cut(strings.ToLower(digits), "e")
	exponent := 0
	if hasPower {
		n, err := strconv.Atoi(power)
		if err != nil || n > 1<<30 || n < -1<<30 {
			return text
		}
		exponent = n
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	exponent -= len(fraction)
	digits = strings.TrimLeft(whole+fraction, "0")
	if strings.Trim(whole+fraction, "0123456789") != "" {
		return text
	}
	if digits == "" {
		return "0"
	}
	short := strings.TrimRight(digits, "0")
	exponent += len(digits) - len(short)
	if negative {
		short = "-" + short
	}
	return short + "e" + strconv.Itoa(exponent)
}

func isNumber(v []byte) bool { c := first(v); return c == '-' || c >= '0' && c <= '9' }
