package versus

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/mattn/go-runewidth"

	"doorstep/flow/compare"
	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/terminal"
	"doorstep/ui/theme"
)

// Options say how the screen looks and which keys it has.
type Options struct {
	ASCII, Mouse bool
	Theme, Color string
	Keys         map[string][]string // keys by the names of actions, as in the settings
}

// interrupted is the exit code after Ctrl-c.
const interrupted = 130

// Run shows the comparison until the user leaves it or ctx ends, and returns the exit code: that of the comparison, 130
// where Ctrl-c ended it.
func Run(ctx context.Context, c compare.Comparison, o Options) (code int, err error) {
	runewidth.DefaultCondition.EastAsianWidth = false // everybody counts cells the same way
	noColour := theme.SetColour(o.Color, os.Getenv("NO_COLOR") != "")
	m := New(theme.NewLook(o.Theme, o.ASCII || !terminal.SpeaksUTF8(), noColour), c, o.Keys)
	m.mouse = o.Mouse
	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithAltScreen(), tea.WithoutSignalHandler()}
	if o.Mouse {
		options = append(options, tea.WithMouseCellMotion())
	}
	_, err = tea.NewProgram(m, options...).Run()
	if errors.Is(err, tea.ErrProgramKilled) && !errors.Is(err, tea.ErrProgramPanic) && ctx.Err() != nil {
		err = nil // the caller ended it, and knows the code
	}
	return m.code, err
}

// A mode says where keys go besides the place that has them.
type mode int

const (
	browsing mode = iota
	helping
	searching
)

// A Model is the screen: the Bubble Tea model of a comparison.
type Model struct {
	theme.Look
	comparison compare.Comparison
	rows       []story.ComparedRow
	bindings   []keymap.Binding

	width, height int
	mode          mode
	byOrder       bool // in the order of the handshake; otherwise what differs first
	unfolded      bool // rows that are alike are shown
	lines         []line
	cursor        int // of lines
	inFields      bool
	fields        *pane.Content // of the row under the cursor
	fieldsOf      int           // the row they are of; -1: none
	helpTop       int
	input         textinput.Model
	find          string
	notice        string
	mouse         bool
	quitting      bool
	code          int
}

// A line of the table is a row, or stands for all rows that are folded away.
type line struct{ row int }

// folded is line.row of the line that stands for the folded rows.
const folded = -1

// New returns the screen of a comparison. keys are those that the user gave to actions.
func New(l theme.Look, c compare.Comparison, keys map[string][]string) *Model {
	m := &Model{Look: l, comparison: c, rows: story.Phrases{Signs: l.Signs}.Compared(c), bindings: rebound(keys),
		fieldsOf: -1, code: c.ExitCode}
	m.input = textinput.New()
	m.input.CharLimit = 200
	m.input.KeyMap.Paste = key.NewBinding() // the terminal pastes; nothing here reads the clipboard
	m.unfolded = c.Equal
	m.layLines()
	return m
}

// layLines lists what the table shows.
func (m *Model) layLines() {
	m.lines = nil
	alike := 0
	for pass := range 2 {
		for i, r := range m.rows {
			switch {
			case m.byOrder && pass == 1, !m.byOrder && r.Alike() != (pass == 1):
			case r.Alike() && !m.unfolded:
				alike++
			default:
				m.lines = append(m.lines, line{i})
			}
		}
	}
	if alike > 0 {
		m.lines = append(m.lines, line{folded})
	}
	m.cursor = pane.Between(m.cursor, 0, max(len(m.lines)-1, 0))
}

// row is the row under the cursor; folded where there is none.
func (m *Model) row() int {
	if len(m.lines) == 0 {
		return folded
	}
	return m.lines[m.cursor].row
}

// show brings a row under the cursor, and unfolds the rows that are alike where it is one.
func (m *Model) show(row int) {
	at := slices.Index(m.lines, line{row})
	if at < 0 {
		m.unfolded = true
		m.layLines()
		at = slices.Index(m.lines, line{row})
	}
	m.cursor = max(at, 0)
}

// Init does nothing: all there is to show is at hand.
func (m *Model) Init() tea.Cmd { return nil }

// Update takes one message.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyMsg:
		cmd = m.keys(msg)
	case tea.MouseMsg:
		m.mouseDid(msg)
	case tea.ResumeMsg:
		cmd = tea.ClearScreen
	}
	m.settle()
	return m, cmd
}

// keys takes a key, or several that arrived at once.
func (m *Model) keys(msg tea.KeyMsg) tea.Cmd {
	if m.mode == searching {
		m.typed(msg)
		return nil
	}
	if msg.Paste { // pasted text is input, never commands
		return nil
	}
	if msg.Type == tea.KeyRunes && len(msg.Runes) > 1 && !msg.Alt {
		var cmds []tea.Cmd
		for _, r := range msg.Runes {
			cmds = append(cmds, m.keys(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}))
			m.settle()
		}
		return tea.Batch(cmds...)
	}
	m.notice = ""
	a := m.action(msg.String())
	if m.mode == helping && a != keymap.ActStop {
		return m.helpKey(msg.String(), a)
	}
	return m.perform(a, msg.String())
}

// perform does what a key asks for.
func (m *Model) perform(a keymap.Action, k string) tea.Cmd {
	switch a {
	case keymap.ActQuit:
		m.quitting = true
		return tea.Quit
	case keymap.ActStop:
		m.quitting, m.code = true, interrupted
		return tea.Quit
	case keymap.ActSuspend:
		return tea.Suspend
	case keymap.ActRedraw:
		return tea.ClearScreen
	case keymap.ActHelp:
		m.mode, m.helpTop = helping, 0
	case keymap.ActToggleMouse:
		return m.toggleMouse()
	case keymap.ActFind:
		m.mode = searching
		m.input.SetValue("")
		m.input.Focus()
	case keymap.ActFindNext:
		m.seek(1)
	case keymap.ActFindPrev:
		m.seek(-1)
	default:
		if !m.performHere(a) {
			m.notice = keymap.Names([]string{k}) + " does nothing here: " + m.key(keymap.ActHelp) + " lists the keys"
		}
	}
	return nil
}

// performHere does what concerns the table and the fields; false where a key is for neither.
func (m *Model) performHere(a keymap.Action) bool {
	switch a {
	case keymap.ActOpen:
		if m.row() == folded {
			m.fold(false)
		} else {
			m.inFields = true
		}
	case keymap.ActBack:
		if !m.inFields {
			m.notice = m.key(keymap.ActQuit) + " quits"
		}
		m.inFields = false
	case actOrder:
		m.reorder()
	case actNextDiff:
		m.nextDifference(1)
	case actPrevDiff:
		m.nextDifference(-1)
	case keymap.ActRight:
		m.fold(false)
	case keymap.ActLeft:
		m.fold(true)
	case keymap.ActUp, keymap.ActDown, keymap.ActPageUp, keymap.ActPageDown, keymap.ActHalfUp, keymap.ActHalfDown,
		keymap.ActToFirst, keymap.ActToLast:
		m.move(a)
	default:
		return false
	}
	return true
}

// fold folds the rows that are alike, or unfolds them; the cursor stays where it is, if it can.
func (m *Model) fold(away bool) {
	row, none := m.row(), !slices.ContainsFunc(m.rows, story.ComparedRow.Alike)
	switch {
	case none:
		m.notice = "no row is alike"
	case away && !m.unfolded:
		m.notice = "the rows that are alike are folded already"
	case !away && m.unfolded:
		m.notice = "the rows that are alike are shown already"
	}
	m.unfolded = !away
	m.layLines()
	if at := slices.Index(m.lines, line{row}); at >= 0 {
		m.cursor = at
	}
}

func (m *Model) reorder() {
	row := m.row()
	m.byOrder = !m.byOrder
	m.layLines()
	if at := slices.Index(m.lines, line{row}); at >= 0 {
		m.cursor = at
	}
	m.notice = "what differs first"
	if m.byOrder {
		m.notice = "in the order of the handshake"
	}
}

// nextDifference goes to the next line that differs, or to the one before.
func (m *Model) nextDifference(by int) {
	for i := m.cursor + by; i >= 0 && i < len(m.lines); i += by {
		if row := m.lines[i].row; row != folded && !m.rows[row].Alike() {
			m.cursor = i
			return
		}
	}
	m.notice = "no further row differs"
}

// move moves the cursor, or the one of the fields where they have the keys.
func (m *Model) move(a keymap.Action) {
	if m.inFields && m.fields != nil {
		switch a {
		case keymap.ActUp:
			m.fields.Move(-1)
		case keymap.ActDown:
			m.fields.Move(1)
		case keymap.ActPageUp:
			m.fields.Page(-2)
		case keymap.ActPageDown:
			m.fields.Page(2)
		case keymap.ActHalfUp:
			m.fields.Page(-1)
		case keymap.ActHalfDown:
			m.fields.Page(1)
		default:
			m.fields.ToEnd(a == keymap.ActToLast)
		}
		return
	}
	page := max(m.tableHeight()-2, 1)
	n := map[keymap.Action]int{keymap.ActUp: -1, keymap.ActDown: 1, keymap.ActPageUp: -page, keymap.ActPageDown: page,
		keymap.ActHalfUp: -max(page/2, 1), keymap.ActHalfDown: max(page/2, 1), keymap.ActToFirst: -len(m.lines),
		keymap.ActToLast: len(m.lines)}[a]
	m.cursor = pane.Between(m.cursor+n, 0, max(len(m.lines)-1, 0))
}

func (m *Model) toggleMouse() tea.Cmd {
	if m.mouse = !m.mouse; m.mouse {
		m.notice = "the mouse is taken: hold Shift to select text"
		return tea.EnableMouseCellMotion
	}
	m.notice = "the mouse is left to the terminal"
	return tea.DisableMouse
}

// typed takes a key of the line that is searched for.
func (m *Model) typed(msg tea.KeyMsg) {
	switch msg.String() {
	case "esc", "ctrl+c":
		m.mode = browsing
	case "enter":
		m.mode = browsing
		if words := m.input.Value(); words != "" {
			m.find = words
		}
		m.seek(1)
	default:
		if msg.Type == tea.KeyRunes {
			msg.Runes = []rune(theme.SafeText(string(msg.Runes)))
		}
		m.input, _ = m.input.Update(msg)
	}
}

// seek goes to the next row that holds what is searched for, those that are folded away among them.
func (m *Model) seek(by int) {
	if m.find == "" {
		m.notice = "nothing is searched for: " + m.key(keymap.ActFind) + " asks"
		return
	}
	all := m.everyRow()
	at := slices.Index(all, m.row())
	if at < 0 && by < 0 {
		at = 0
	}
	for range all {
		at = (at + by + len(all)) % len(all)
		if m.holds(m.rows[all[at]]) {
			m.show(all[at])
			return
		}
	}
	m.notice = "not found: " + m.find
}

// everyRow are the rows in the order of the table, folded or not.
func (m *Model) everyRow() []int {
	var out []int
	for pass := range 2 {
		for i, r := range m.rows {
			if m.byOrder && pass == 0 || !m.byOrder && r.Alike() == (pass == 1) {
				out = append(out, i)
			}
		}
	}
	return out
}

// holds reports whether a row holds what is searched for, without regard to case.
func (m *Model) holds(r story.ComparedRow) bool {
	texts := []string{r.Name, r.A, r.B, r.Differs}
	for _, c := range r.Changes {
		texts = append(texts, c.Where, c.A, c.B, c.Note)
	}
	find := strings.ToLower(m.find)
	return slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(strings.ToLower(s), find) })
}

// helpKey takes a key of the help.
func (m *Model) helpKey(k string, a keymap.Action) tea.Cmd {
	page := max(m.height-4, 1)
	switch {
	case k == "esc", k == "enter", a == keymap.ActQuit, a == keymap.ActHelp:
		m.mode = browsing
	case a == keymap.ActSuspend, a == keymap.ActRedraw:
		return m.perform(a, k)
	default:
		m.helpTop += map[keymap.Action]int{keymap.ActUp: -1, keymap.ActDown: 1, keymap.ActPageUp: -page,
			keymap.ActPageDown: page, keymap.ActHalfUp: -page / 2, keymap.ActHalfDown: page / 2,
			keymap.ActToFirst: -1 << 20, keymap.ActToLast: 1 << 20}[a]
	}
	return nil
}

// mouseDid takes a mouse event: the wheel scrolls what is under the pointer, a click selects a row, and opens it where
// it is selected.
func (m *Model) mouseDid(msg tea.MouseMsg) {
	if m.mode != browsing || m.small() {
		return
	}
	overFields := m.split() && msg.X > m.tableWidth() || !m.split() && m.inFields
	by := map[tea.MouseButton]int{tea.MouseButtonWheelUp: -1, tea.MouseButtonWheelDown: 1}[msg.Button]
	switch {
	case by != 0 && overFields && m.fields != nil:
		m.fields.Scroll(by)
	case by != 0:
		m.cursor = pane.Between(m.cursor+by, 0, max(len(m.lines)-1, 0))
	case msg.Button != tea.MouseButtonLeft || msg.Action != tea.MouseActionPress:
	case overFields:
		m.inFields = true
	default:
		at, ok := m.table().RowAt(m.tableHeight(), msg.Y-len(m.head()))
		if !ok {
			return
		}
		if m.inFields = false; at == m.cursor {
			m.performHere(keymap.ActOpen)
		}
		m.cursor = min(at, len(m.lines)-1)
	}
}

// settle makes the screen fit together after a change: the fields are those of the row under the cursor.
func (m *Model) settle() {
	if m.small() {
		return
	}
	if row := m.row(); m.fields == nil || row != m.fieldsOf {
		m.fields, m.fieldsOf = m.fieldsFor(row), row
	}
	w, h := m.fieldsSize()
	m.fields.LayOut(m.Look, w, h)
}

// fieldsFor is what there is to see of a row.
func (m *Model) fieldsFor(row int) *pane.Content {
	if row != folded && len(m.rows[row].Changes) > 0 {
		return &pane.Content{Diff: m.diffOf(m.rows[row])}
	}
	b := &story.Builder{Look: m.Look}
	switch {
	case row == folded:
		b.Say(m.foldedWords() + ": " + m.key(keymap.ActRight) + " shows them.")
	default:
		m.tell(b, m.rows[row])
	}
	return &pane.Content{Text: &b.Prose}
}

// diffOf are the changes of a row as render draws them.
func (m *Model) diffOf(r story.ComparedRow) *render.Diff {
	d := &render.Diff{Left: render.Untrusted("A  " + m.comparison.A.Name),
		Right: render.Untrusted("B  " + m.comparison.B.Name)}
	kinds := map[compare.Kind]render.ChangeKind{compare.Added: render.Added, compare.Removed: render.Removed}
	for _, c := range r.Changes {
		kind, known := kinds[c.Kind]
		if !known {
			kind = render.Replaced
		}
		d.Changes = append(d.Changes, render.Change{Path: render.Untrusted(c.Where), Kind: kind,
			From: render.Untrusted(c.A), To: render.Untrusted(c.B), Why: render.Untrusted(c.Note)})
	}
	return d
}
