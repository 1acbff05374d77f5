package story

import (
	"fmt"
	"strings"
	"time"

	"doorstep/flow"
)

// stalled is for how long nothing may come of an answer before that is said.
const stalled = 3 * time.Second

// ProgressWords says how far something has got; empty where nothing is known.
func ProgressWords(p flow.Progress) string {
	switch p.Of {
	case flow.Receiving:
		return "receiving: " + strings.Join(append([]string{amount(p)}, paceWords(p)...), ", ")
	case flow.FetchingKeys:
		return fmt.Sprintf("keys: %d of %d servers", p.Done, p.All)
	case flow.Verifying:
		return fmt.Sprintf("verifying: %d of %d signatures", p.Done, p.All)
	case flow.Looking:
		if p.All == 0 {
			return "checking: finding the server"
		}
		return fmt.Sprintf("checking: %d of %d questions", p.Done, p.All)
	case flow.Judging:
		return "verifying: the authorisation rules"
	case flow.Awaiting:
		return "waiting for an invite: " + seconds(p.Took) + " of " + seconds(time.Duration(p.All)*time.Second)
	case flow.Reading:
		words := fmt.Sprintf("reading: %d entries", p.Entries)
		if p.All > 0 {
			words = fmt.Sprintf("reading: %s, %d entries", amount(p), p.Entries)
		}
		return words
	}
	return ""
}

// ArrivingWords says on an arrow how much of its answer has come; empty while none of it has.
func ArrivingWords(p flow.Progress) string {
	if p.Of != flow.Receiving {
		return ""
	}
	return amount(p)
}

// amount gives a number of bytes, and of how many where that is known.
func amount(p flow.Progress) string {
	if p.All == 0 {
		return Size(int(p.Done))
	}
	return Size(int(p.Done)) + " of " + Size(int(p.All))
}

// paceWords says how fast bytes come and how long the rest takes, or for how long none have come.
func paceWords(p flow.Progress) []string {
	var words []string
	if rate := p.Rate(); rate > 0 {
		words = append(words, Size(int(rate))+"/s")
	}
	if p.Idle >= stalled {
		return append(words, "nothing for "+seconds(p.Idle))
	}
	if left, known := p.Left(); known && left < 24*time.Hour {
		words = append(words, seconds(left)+" left")
	}
	return words
}

// seconds gives a time in whole seconds, or minutes where it is long, for a number that changes all the time.
func seconds(d time.Duration) string {
	d = d.Round(time.Second)
	if d < time.Minute {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	if d < time.Hour {
		return fmt.Sprintf("%d m %02d s", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d h %02d m", d/time.Hour, d%time.Hour/time.Minute)
}

// Bar draws how much of the whole is done as a bar of so many cells and a percentage; empty where the whole is not
// known.
func Bar(p flow.Progress, width int) string {
	if p.All <= 0 {
		return ""
	}
	done := min(max(p.Done, 0), p.All)
	full := int(done * int64(width) / p.All)
	return fmt.Sprintf("[%s%s] %3d%%", strings.Repeat("#", full), strings.Repeat("-", width-full), done*100/p.All)
}
