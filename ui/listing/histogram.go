package listing

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

// A Histogram says how often each value of a field occurs.
type Histogram struct {
	Field Field
	Bars  []Bar
}

// A Bar of a histogram.
type Bar struct {
	Label string
	Value string // what a term says to mean these rows; empty: none does
	Count int
	Rest  int // how many values it stands for that have no bar of their own
}

// Histograms counts rows by type, by server and by time: of the first two the most frequent, at most most of them, and
// the rest as one bar; time by years, months or days, as their span demands. It errs only when it is given up.
func (l *List) Histograms(ctx context.Context, rows []int32, most int) ([]Histogram, error) {
	types, servers, days := map[string]int{}, map[string]int{}, map[int64]int{}
	err := l.each(ctx, rows, func(i int) {
		e := l.Event(i)
		if e == nil {
			return
		}
		types[e.Type()]++
		servers[l.Server(i)]++
		days[floorDiv(e.OriginServerTS(), dayMillis)]++
	})
	if err != nil {
		return nil, err
	}
	return []Histogram{{Type, topBars(types, most)}, {Server, topBars(servers, most)}, {Time, timeBars(days)}}, nil
}

// topBars gives the most frequent values, and the rest as one.
func topBars(counts map[string]int, most int) []Bar {
	bars := make([]Bar, 0, len(counts))
	for value, n := range counts {
		bars = append(bars, Bar{Label: value, Value: Escape(value), Count: n})
	}
	slices.SortFunc(bars, func(a, b Bar) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Label, b.Label))
	})
	if len(bars) <= most+1 { // one that is left would be a bar in any case
		return bars
	}
	rest := Bar{Rest: len(bars) - most}
	for _, b := range bars[most:] {
		rest.Count += b.Count
	}
	return append(slices.Clip(bars[:most]), rest)
}

const dayMillis = 24 * 60 * 60 * 1000

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Up to so many days they are told apart, and up to so many of them months.
const (
	daysApart   = 62
	monthsApart = 48 * 31
	barsOfTime  = 100 // gaps between what occurs are drawn as long as there are no more bars than that
)

// The days whose dates have the four digits that a term takes for a year.
const (
	firstDay = -719162 // 0001-01-01
	lastDay  = 2932896 // 9999-12-31
)

// timeBars gives the days of the rows by years, months or days, those in between included that have none. What no
// calendar has comes last.
func timeBars(days map[int64]int) []Bar {
	first, last, beyond := int64(lastDay), int64(firstDay), 0
	for day, n := range days {
		if day < firstDay || day > lastDay {
			beyond += n
			continue
		}
		first, last = min(first, day), max(last, day)
	}
	form, next := moments[0].form, moments[0].next
	switch span := last - first; {
	case span <= daysApart:
		form, next = moments[2].form, moments[2].next
	case span <= monthsApart:
		form, next = moments[1].form, moments[1].next
	}
	counts := map[string]int{}
	for day, n := range days {
		if day >= firstDay && day <= lastDay {
			counts[time.UnixMilli(day*dayMillis).UTC().Format(form)] += n
		}
	}
	var bars []Bar
	if len(counts) > 0 {
		bars = calendar(counts, form, next)
	}
	if beyond > 0 {
		bars = append(bars, Bar{Count: beyond, Rest: 1})
	}
	return bars
}

// calendar gives what was counted in the order of time.
func calendar(counts map[string]int, form string, next func(time.Time) time.Time) []Bar {
	var labels []string
	for label := range counts {
		labels = append(labels, label)
	}
	slices.Sort(labels)
	at, err := time.Parse(form, labels[0])
	var filled []string
	for ; err == nil && len(filled) <= barsOfTime; at = next(at) {
		filled = append(filled, at.Format(form))
		if filled[len(filled)-1] == labels[len(labels)-1] {
			labels = filled
			break
		}
	}
	bars := make([]Bar, len(labels))
	for i, label := range labels {
		bars[i] = Bar{Label: label, Value: label, Count: counts[label]}
	}
	return bars
}
