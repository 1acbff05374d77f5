package compare

import (
	"doorstep/flow"
	"doorstep/flow/diagnose"
)

// Findings says which findings only one of two handshakes leads to.
type Findings struct {
	OnlyA []FindingLine   `json:"only_a"`
	OnlyB []FindingLine   `json:"only_b"`
	Weigh []FindingWeighs `json:"weigh"` // both have them, at another step or of another severity
	Alike int             `json:"alike"`
}

// A FindingLine is a finding in short.
type FindingLine struct {
	ID       string            `json:"id"`
	Severity diagnose.Severity `json:"severity"`
	Step     flow.StepID       `json:"step"`
	Title    string            `json:"title"`
	Evidence []int             `json:"evidence"`
}

// FindingWeighs is a finding that weighs differently in two handshakes.
type FindingWeighs struct {
	A FindingLine `json:"a"`
	B FindingLine `json:"b"`
}

func (f Findings) alike() bool { return len(f.OnlyA)+len(f.OnlyB)+len(f.Weigh) == 0 }

func findings(a, b []diagnose.Finding) Findings {
	out := Findings{OnlyA: []FindingLine{}, OnlyB: []FindingLine{}, Weigh: []FindingWeighs{}}
	left := map[string][]FindingLine{}
	for _, f := range b {
		left[f.ID] = append(left[f.ID], findingLine(f))
	}
	for _, f := range a {
		x := findingLine(f)
		same := left[f.ID]
		switch {
		case len(same) == 0:
			out.OnlyA = append(out.OnlyA, x)
			continue
		case same[0].Severity != x.Severity || same[0].Step != x.Step:
			out.Weigh = append(out.Weigh, FindingWeighs{x, same[0]})
		default:
			out.Alike++
		}
		left[f.ID] = same[1:]
	}
	for _, f := range b {
		if same := left[f.ID]; len(same) > 0 {
			out.OnlyB = append(out.OnlyB, same[0])
			left[f.ID] = same[1:]
		}
	}
	return out
}

func findingLine(f diagnose.Finding) FindingLine {
	return FindingLine{f.ID, f.Severity, f.Step, f.Title, f.Evidence}
}
