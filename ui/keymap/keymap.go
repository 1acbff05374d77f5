package keymap

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
)

// An Action is what a key asks for. Its name is the same in the help, in tests and in documents.
type Action string

// The actions.
const (
	ActUp         Action = "up"
	ActDown       Action = "down"
	ActPageUp     Action = "page up"
	ActPageDown   Action = "page down"
	ActHalfUp     Action = "half page up"
	ActHalfDown   Action = "half page down"
	ActToFirst    Action = "first"
	ActToLast     Action = "last"
	ActLeft       Action = "left"
	ActRight      Action = "right"
	ActOpen       Action = "open"
	ActBack       Action = "back"
	ActQuit       Action = "quit"
	ActStop       Action = "stop"
	ActNextPane   Action = "next pane"
	ActPrevPane   Action = "previous pane"
	ActNextTab    Action = "next tab"
	ActPrevTab    Action = "previous tab"
	ActShowGraph  Action = "graph"
	ActShowWork   Action = "work"
	ActStepOn     Action = "step"
	ActGoOn       Action = "continue"
	ActStepBack   Action = "step back"
	ActAskAgain   Action = "ask again"
	ActWhatIf     Action = "what if"
	ActOther      Action = "other branch"
	ActDoor       Action = "where to join"
	ActPlay       Action = "play"
	ActRewind     Action = "rewind"
	ActPhaseOn    Action = "next phase"
	ActPhaseBack  Action = "previous phase"
	ActFaster     Action = "faster"
	ActSlower     Action = "slower"
	ActShowDiff   Action = "diff"
	ActNextPair   Action = "next pair"
	ActPrevPair   Action = "previous pair"
	ActShowChecks Action = "verify"
	ActShowWhy    Action = "explain"

	ActShowFindings Action = "findings"
	ActNextFinding  Action = "next finding"
	ActPrevFinding  Action = "previous finding"

	ActFoldAll   Action = "fold all"
	ActUnfoldAll Action = "unfold all"
	ActFoldTo    Action = "fold to"

	ActFind        Action = "search"
	ActFindNext    Action = "next match"
	ActFindPrev    Action = "previous match"
	ActFilterRows  Action = "filter"
	ActNarrow      Action = "narrow"
	ActSortNext    Action = "sort by next"
	ActSortPrev    Action = "sort by previous"
	ActReverse     Action = "reverse"
	ActServers     Action = "servers"
	ActCharts      Action = "charts"
	ActMarkRow     Action = "mark"
	ActTimeMode    Action = "time"
	ActBodyMode    Action = "body mode"
	ActZoom        Action = "zoom"
	ActArrangement Action = "arrange"
	ActGrow        Action = "grow"
	ActShrink      Action = "shrink"
	ActYank        Action = "yank"
	ActWrite       Action = "write"
	ActRedact      Action = "redact"
	ActToggleMouse Action = "mouse"
	ActOrder       Action = "order"
	ActNextDiff    Action = "next difference"
	ActPrevDiff    Action = "previous difference"
	ActHelp        Action = "help"
	ActSuspend     Action = "suspend"
	ActRedraw      Action = "redraw"

	ActAnswerA  Action = "answer a"
	ActAnswerB  Action = "answer b"
	ActAnswerC  Action = "answer c"
	ActAnswerD  Action = "answer d"
	ActShowMe   Action = "show me"
	ActStopOn   Action = "next stop"
	ActStopBack Action = "previous stop"
)

// A Place is where keys go. Places can be added up.
type Place int

// The places.
const (
	AtHome Place = 1 << iota
	InLadder
	InPane         // any pane but the ladder, which shows something else than the next two
	OnPage         // an event of an answer that was opened
	InEvents       // the list of events of an answer
	InVersus       // the rows of two handshakes that are compared
	InVersusFields // what differs in one of these rows
	InSaving       // the forms that can be written
	InCheck        // the rows of a check
	InCheckFields  // what there is to say of one of them
	InWaiting      // what is told while no join has come
	InTour         // the contents of the tour, or what it asks at a stop
)

const (
	InPayload   = InPane | OnPage
	InHandshake = InLadder | InPayload | InEvents
	Everywhere  = AtHome | InHandshake | InWaiting | InTour
)

// A Binding is one row of the table of keys: what help, footer and matching are made from.
type Binding struct {
	key.Binding
	Action Action
	Where  Place
	Group  string // heading in the help
	Footer string // word in the footer; empty: not there
}

// Bind returns a binding: what keys do where, under which heading of the help, with a word for the footer or none.
func Bind(a Action, where Place, group, footer, says string, keys ...string) Binding {
	return Binding{Binding: key.NewBinding(key.WithKeys(keys...), key.WithHelp(Names(keys), says)),
		Action: a, Where: where, Group: group, Footer: footer}
}

// Names spells keys for people.
func Names(keys []string) string {
	spelled := make([]string, len(keys))
	for i, k := range keys {
		switch k {
		case " ":
			k = "space"
		case "up", "down", "left", "right", "home", "end", "tab", "enter", "esc":
			k = strings.ToUpper(k[:1]) + k[1:]
		case "pgup":
			k = "PgUp"
		case "pgdown":
			k = "PgDn"
		case "shift+tab":
			k = "Shift-Tab"
		case "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12":
			k = strings.ToUpper(k)
		}
		spelled[i] = strings.Replace(k, "ctrl+", "Ctrl-", 1)
	}
	return strings.Join(spelled, " ")
}

// KeyOf spells the first key of an action for people; empty: it has none.
func KeyOf(table []Binding, a Action) string {
	for _, b := range table {
		if b.Action == a && len(b.Keys()) > 0 {
			return Names(b.Keys()[:1])
		}
	}
	return ""
}

// Written returns keys as the settings write them.
func Written(keys []string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		if out[i] = k; k == " " {
			out[i] = "space"
		}
	}
	return out
}

const (
	GroupSteps  = "The handshake"
	GroupMove   = "Moving"
	GroupView   = "What is shown"
	GroupFind   = "Searching and keeping"
	GroupList   = "The list of events"
	GroupOther  = "The program"
	GroupVersus = "The comparison"
	GroupTour   = "The tour"
	GroupCheck  = "The check"
)
