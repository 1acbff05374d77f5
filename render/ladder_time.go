package render

import (
	"fmt"
	"time"
)

// times returns what the time column shows for row i.
func (l Ladder) times(i int, mode TimeMode) string {
	r := l.Rows[i]
	switch {
	case r.Kind == Ghost:
		return "next"
	case r.Kind == Gap || r.Kind == Phase || r.At < 0:
		return ""
	}
	switch mode {
	case TimeDelta:
		return seconds(l.delta(i), 5)
	case TimeSinceMark:
		return seconds(r.At-l.mark(), 5)
	case TimeClock:
		return l.Start.Add(r.At).Format("15:04:05.000")
	case TimeAuto:
		return l.Start.Add(r.At).Format("15:04:05.000") + "  " + seconds(l.delta(i), 6)
	}
	if r.At == 0 {
		return "0.000"
	}
	return seconds(r.At, 5)
}

// delta returns the time since the row before that has one.
func (l Ladder) delta(i int) time.Duration {
	for j := i - 1; j >= 0; j-- {
		if before := l.Rows[j]; before.At >= 0 && before.Kind != Gap && before.Kind != Phase && before.Kind != Ghost {
			return l.Rows[i].At - before.At
		}
	}
	return l.Rows[i].At
}

func (l Ladder) mark() time.Duration {
	for _, r := range l.Rows {
		if r.Marked {
			return r.At
		}
	}
	return 0
}

// seconds returns d with its sign in the given cells, five or six: seconds while they fit, then minutes, then hours.
func seconds(d time.Duration, cells int) string {
	sign, s := '+', d.Seconds()
	if d < 0 {
		sign, s = '-', -s
	}
	for digits := cells - 3; digits >= 1; digits-- {
		if text := fmt.Sprintf("%c%.*f", sign, digits, s); len(text) <= cells {
			return text
		}
	}
	for _, u := range []struct {
		per  float64
		name byte
	}{{1, 's'}, {60, 'm'}, {3600, 'h'}, {86400, 'd'}} {
		if text := fmt.Sprintf("%c%.0f%c", sign, s/u.per, u.name); len(text) <= cells {
			return text
		}
	}
	return fmt.Sprintf("%c%.*s", sign, cells-1, "999999d")
}

// Duration returns d as a person reads it, rounded to what is shown: "310 ms", "9.7 s", "2 m 05 s".
func Duration(d time.Duration) string {
	const (
		tenth  = 100 * time.Millisecond
		second = time.Second
	)
	switch {
	case d < 0:
		return "-" + Duration(-max(d, -1<<62))
	case d.Round(time.Microsecond) < time.Millisecond:
		return fmt.Sprintf("%d us", d.Round(time.Microsecond).Microseconds())
	case d.Round(time.Millisecond) < second:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
	case d.Round(tenth) < time.Minute:
		return fmt.Sprintf("%.1f s", d.Round(tenth).Seconds())
	case d.Round(second) < time.Hour:
		d = d.Round(second)
		return fmt.Sprintf("%d m %02d s", d/time.Minute, d%time.Minute/second)
	}
	d = d.Round(time.Minute)
	return fmt.Sprintf("%d h %02d m", d/time.Hour, d%time.Hour/time.Minute)
}
