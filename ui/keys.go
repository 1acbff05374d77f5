package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
)

// An action is what a key asks for. Its name is the same in the help, in tests and in documents.
type action string

// The actions.
const (
	actUp          action = "up"
	actDown        action = "down"
	actPageUp      action = "page up"
	actPageDown    action = "page down"
	actHalfUp      action = "half page up"
	actHalfDown    action = "half page down"
	actToFirst     action = "first"
	actToLast      action = "last"
	actLeft        action = "left"
	actRight       action = "right"
	actOpen        action = "open"
	actBack        action = "back"
	actQuit        action = "quit"
	actStop        action = "stop"
	actNextPane    action = "next pane"
	actPrevPane    action = "previous pane"
	actNextTab     action = "next tab"
	actPrevTab     action = "previous tab"
	actShowGraph   action = "graph"
	actShowWork    action = "work"
	actStepOn      action = "step"
	actGoOn        action = "continue"
	actStepBack    action = "step back"
	actShowDiff    action = "diff"
	actShowChecks  action = "verify"
	actShowWhy     action = "explain"
	actFind        action = "search"
	actFindNext    action = "next match"
	actFindPrev    action = "previous match"
	actFilterRows  action = "filter"
	actMarkRow     action = "mark"
	actTimeMode    action = "time"
	actBodyMode    action = "body mode"
	actZoom        action = "zoom"
	actArrangement action = "arrange"
	actGrow        action = "grow"
	actShrink      action = "shrink"
	actYank        action = "yank"
	actWrite       action = "write"
	actToggleMouse action = "mouse"
	actHelp        action = "help"
	actSuspend     action = "suspend"
	actRedraw      action = "redraw"
)

// A place is where keys go. Places can be added up.
type place int

// The places.
const (
	atHome place = 1 << iota
	inLadder
	inPayload // any pane beside the ladder
)

const (
	inHandshake = inLadder | inPayload
	everywhere  = atHome | inHandshake
)

// A keyBinding is one row of the table of keys: what help, footer and matching are made from.
type keyBinding struct {
	key.Binding
	action action
	where  place
	group  string // heading in the help
	footer string // word in the footer; empty: not there
}

func bind(a action, where place, group, footer, says string, keys ...string) keyBinding {
	return keyBinding{Binding: key.NewBinding(key.WithKeys(keys...), key.WithHelp(keyNames(keys), says)),
		action: a, where: where, group: group, footer: footer}
}

// keyNames spells keys for people.
func keyNames(keys []string) string {
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
		}
		spelled[i] = strings.Replace(k, "ctrl+", "Ctrl-", 1)
	}
	return strings.Join(spelled, " ")
}

const (
	groupSteps = "The handshake"
	groupMove  = "Moving"
	groupView  = "What is shown"
	groupFind  = "Searching and keeping"
	groupOther = "The program"
)
