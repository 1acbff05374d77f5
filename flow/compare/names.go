package compare

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"doorstep/flow/event"
)

// names pairs the names of two handshakes: a server, user, event of the first with the one of the second that is in its
// place. A name has one partner at most, so that a name which stands for two is found.
type names struct {
	inB, inA       [aKey]map[string]string
	serversA       map[string]bool // names that are known to be servers'
	serversB       map[string]bool
	aboutA, aboutB map[string]string // events of the answers, by ID: type and state key
	bothAnswers    bool              // the events of both answers are known
	seen           [classes]int      // of classes that are no names: how many differ

	inTexts  int               // pairs of names that texts are looked through for
	replacer *strings.Replacer // of those; made when there were as many as
	made     int
}

func newNames() *names {
	n := &names{serversA: map[string]bool{}, serversB: map[string]bool{}, aboutA: map[string]string{},
		aboutB: map[string]string{}}
	for c := range n.inB {
		n.inB[c], n.inA[c] = map[string]string{}, map[string]string{}
	}
	return n
}

// pair has a name of the first handshake stand for one of the second, where neither has a partner.
func (n *names) pair(c class, a, b string) {
	if a == "" || b == "" {
		return
	}
	_, hasA := n.inB[c][a]
	_, hasB := n.inA[c][b]
	if !hasA && !hasB {
		n.inB[c][a], n.inA[c][b] = b, a
		if slices.Contains(textClasses, c) {
			n.inTexts++
		}
	}
}

// unpaired reports whether neither of two names has a partner.
func (n *names) unpaired(c class, a, b string) bool {
	_, hasA := n.inB[c][a]
	_, hasB := n.inA[c][b]
	return !hasA && !hasB
}

func (n *names) paired(c class, a, b string) bool {
	partner, has := n.inB[c][a]
	return has && partner == b
}

// pairedEvents and freeEvents are about references: to the same event, and to events that nothing is known of.
func (n *names) pairedEvents(a, b string) bool {
	return n.paired(anEvent, a, b) || a == b && n.unpaired(anEvent, a, b)
}

func (n *names) freeEvents(a, b string) bool {
	known := n.bothAnswers && (n.aboutA[a] != "" || n.aboutB[b] != "")
	return !known && n.unpaired(anEvent, a, b)
}

// inSecond is a name of one handshake as the second has it: one of the second is so already.
func (n *names) inSecond(name string, second bool) string {
	if n == nil || second {
		return name
	}
	if b, ok := n.inB[n.classOf(name, false)][name]; ok {
		return b
	}
	return name
}

// told is a value of one handshake in the names of the second, where it is a name.
func (n *names) told(v []byte, second bool) []byte {
	if second || first(bytes.TrimSpace(v)) != '"' {
		return v
	}
	if s, ok := event.String(bytes.TrimSpace(v)); ok {
		if b := n.inSecond(s, false); b != s {
			return event.Quote(b)
		}
	}
	return v
}

// classOf is the class of a name, by its sigil or because it is known.
func (n *names) classOf(s string, second bool) class {
	if s == "" {
		return noClass
	}
	known := n.serversA
	if second {
		known = n.serversB
	}
	switch c := s[0]; {
	case known[s]:
		return aServer
	case c == '@' && strings.Contains(s, ":"):
		return aUser
	case c == '#' && strings.Contains(s, ":"):
		return anAlias
	case c == '!' && len(s) > 1:
		return aRoom
	case c == '$' && len(s) > 1:
		return anEvent
	case strings.HasPrefix(s, "ed25519:"):
		return aKeyID
	case strings.HasPrefix(s, "mxc://"):
		return aMedia
	}
	return noClass
}

// leaf judges two values that differ.
func (n *names) leaf(s spot, a, b []byte) verdict {
	x, okA := event.String(a)
	y, okB := event.String(b)
	if !okA || !okB {
		if times[s.key] && isNumber(a) && isNumber(b) {
			n.seen[aTime]++
			return standsFor
		}
		return different
	}
	if c := secretOf(s); c != noClass {
		if !sameLength(x, y) {
			return different
		}
		n.seen[c]++
		return standsFor
	}
	ca, cb := n.classOf(x, false), n.classOf(y, true)
	if serverKeys[s.key] && ca == noClass && cb == noClass && event.ValidServerName(x) && event.ValidServerName(y) {
		ca, cb = aServer, aServer
	}
	switch {
	case ca != cb || ca == noClass:
		if n.sameText(x, y) {
			return standsFor
		}
		return different
	case n.paired(ca, x, y):
		return standsFor
	case n.mayPair(ca, x, y):
		n.pair(ca, x, y)
		return standsFor
	}
	return standsForAnother
}

// mayPair reports whether nothing speaks against two names standing for each other. Events of the answers have their
// partners already, or none.
func (n *names) mayPair(c class, a, b string) bool {
	if c == anEvent {
		return n.freeEvents(a, b)
	}
	return n.unpaired(c, a, b)
}

// free reports whether two values are names that may stand for each other.
func (n *names) free(a, b []byte) bool {
	x, okA := event.String(a)
	y, okB := event.String(b)
	c := n.classOf(x, false)
	return okA && okB && c != noClass && c == n.classOf(y, true) && n.mayPair(c, x, y)
}

// keys pairs the members of two objects whose keys are names, where nothing equal did.
func (n *names) keys(s spot, a, b []event.Member, partner []int, taken []bool, at map[string]int) {
	var left []int
	for i, m := range a {
		if partner[i] >= 0 {
			continue
		}
		if j, ok := at[n.inSecond(m.Key, false)]; ok && !taken[j] {
			partner[i], taken[j] = j, true
			continue
		}
		if n.keyClass(s, m.Key, false) != noClass {
			left = append(left, i)
		}
	}
	var other []int
	for j, m := range b {
		if !taken[j] && n.keyClass(s, m.Key, true) != noClass {
			other = append(other, j)
		}
	}
	slices.SortFunc(left, func(x, y int) int { return cmp.Compare(a[x].Key, a[y].Key) })
	slices.SortFunc(other, func(x, y int) int { return cmp.Compare(b[x].Key, b[y].Key) })
	for _, i := range left {
		for _, j := range other {
			c := n.keyClass(s, a[i].Key, false)
			if !taken[j] && c == n.keyClass(s, b[j].Key, true) && n.mayPair(c, a[i].Key, b[j].Key) {
				n.pair(c, a[i].Key, b[j].Key)
				partner[i], taken[j] = j, true
				break
			}
		}
	}
}

func (n *names) keyClass(s spot, key string, second bool) class {
	if s.key == "signatures" && event.ValidServerName(key) {
		return aServer
	}
	return n.classOf(key, second)
}

// mostReplaced and longestText bound what is looked at of a text with names in it.
const (
	mostReplaced = 2000
	longestText  = 4096
)

// textClasses are the classes whose names stand in sentences, such as those of a refusal.
var textClasses = []class{aServer, aUser, aRoom, anAlias, anAddress}

// sameText reports whether two texts are the same but for the names in them.
func (n *names) sameText(a, b string) bool {
	if len(a) > longestText || len(b) > longestText || !strings.ContainsAny(a, "@!#$:.") {
		return false
	}
	return n.inWords(a) == b
}

// inWords is a text of the first handshake with the names of the second.
func (n *names) inWords(text string) string {
	if n.replacer == nil || n.made != n.inTexts {
		var words [][2]string
		for _, c := range textClasses {
			if len(n.inB[c]) > mostReplaced {
				continue
			}
			for a, b := range n.inB[c] {
				words = append(words, [2]string{a, b})
			}
		}
		slices.SortFunc(words, func(x, y [2]string) int {
			return cmp.Or(cmp.Compare(len(y[0]), len(x[0])), cmp.Compare(x[0], y[0]))
		})
		var flat []string
		for _, w := range words {
			flat = append(flat, w[0], w[1])
		}
		n.replacer, n.made = strings.NewReplacer(flat...), n.inTexts
	}
	return n.replacer.Replace(text)
}

// A Fold is how much of one class differs as in any two runs.
type Fold struct {
	What string `json:"what"`
	N    int    `json:"n"`
}

// folds counts what differs as in any two runs, class by class.
func (n *names) folds() []Fold {
	out := []Fold{}
	for c := aServer; c < classes; c++ {
		many := n.seen[c]
		if c < aKey {
			for a, b := range n.inB[c] {
				if a != b {
					many++
				}
			}
		}
		if many > 0 {
			out = append(out, Fold{classNames[c], many})
		}
	}
	return out
}
