package theme

// A Paper is the colours of pictures and pages, as CSS writes them. Every colour of text stands out from each of the
// grounds by 4.5 to 1 at least.
type Paper struct {
	Ground, Band, Box string // behind everything, behind heads, behind local work

	Ink, Quiet        string // text
	Out, In, Own      string // requests, answers, local work
	Good, Odd, Bad    string // what holds, what is odd, what failed
	Key, Text, Number string // of JSON
	Line, Edge        string // lanes, and the edges of boxes: no text
}

// The papers: LightPaper for a light page and for print, DarkPaper for readers who prefer a dark one.
var (
	LightPaper = Paper{
		Ground: "#ffffff", Band: "#f1f4f9", Box: "#f8f5ff",
		Ink: "#1b2430", Quiet: "#535f6e", Out: "#0a4fb5", In: "#0b6152", Own: "#6234ac",
		Good: "#0b6152", Odd: "#854300", Bad: "#b3141f",
		Key: "#0a4fb5", Text: "#0b6152", Number: "#6234ac",
		Line: "#c3ccd8", Edge: "#d5c8ef",
	}
	DarkPaper = Paper{
		Ground: "#10151d", Band: "#1a2230", Box: "#221d33",
		Ink: "#e8edf4", Quiet: "#a3b0c0", Out: "#7db8ff", In: "#6fd6bd", Own: "#c9adff",
		Good: "#6fd6bd", Odd: "#f3b765", Bad: "#ff938f",
		Key: "#7db8ff", Text: "#6fd6bd", Number: "#c9adff",
		Line: "#3b4757", Edge: "#4a3d70",
	}
)
