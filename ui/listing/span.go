package listing

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// A span is a range of numbers, both ends in it.
type span struct{ low, high int64 }

func (s span) has(n int64) bool { return n >= s.low && n <= s.high }

// parseSpan reads a comparison or a range: 5, =5, >5, >=5, <5, <=5, 5..7, 5.., ..7. unit reads one value, which may
// stand for a span itself, as a day does.
func parseSpan(text string, unit func(string) (span, bool)) (out span, ok bool) {
	out = span{math.MinInt64, math.MaxInt64}
	if from, to, ranged := strings.Cut(text, ".."); ranged {
		if from == "" && to == "" {
			return out, false
		}
		if from != "" {
			s, ok := unit(from)
			if !ok {
				return out, false
			}
			out.low = s.low
		}
		if to != "" {
			s, ok := unit(to)
			if !ok {
				return out, false
			}
			out.high = s.high
		}
		return out, true
	}
	value := strings.TrimLeft(text, "<>=")
	s, ok := unit(value)
	switch text[:len(text)-len(value)] {
	case "", "=":
		return s, ok
	case ">":
		if s.high == math.MaxInt64 {
			return span{1, 0}, ok // nothing is
		}
		out.low = s.high + 1
	case ">=", "=>":
		out.low = s.low
	case "<":
		if s.low == math.MinInt64 {
			return span{1, 0}, ok
		}
		out.high = s.low - 1
	case "<=", "=<":
		out.high = s.high
	default:
		return out, false
	}
	return out, ok
}

// parseNumber reads one number.
func parseNumber(text string) (span, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return span{n, n}, err == nil
}

// moments are the forms a time may have, each with how to come to the one after.
var moments = []struct {
	form string
	next func(time.Time) time.Time
}{
	{"2006", func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }},
	{"2006-01", func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }},
	{"2006-01-02", func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }},
	{"2006-01-02T15:04", func(t time.Time) time.Time { return t.Add(time.Minute) }},
	{"2006-01-02 15:04", func(t time.Time) time.Time { return t.Add(time.Minute) }},
	{"2006-01-02T15:04:05", func(t time.Time) time.Time { return t.Add(time.Second) }},
}

// parseMoment reads a time in UTC, a whole year, month, day, minute or second, or milliseconds since the epoch, in
// milliseconds since the epoch.
func parseMoment(text string) (span, bool) {
	for _, m := range moments {
		if len(text) != len(m.form) {
			continue
		}
		if t, err := time.Parse(m.form, text); err == nil {
			return span{t.UnixMilli(), m.next(t).UnixMilli() - 1}, true
		}
	}
	const leastDigits = 9
	if len(text) < leastDigits {
		return span{}, false
	}
	return parseNumber(text)
}
