package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"doorstep/flow/diagnose"
	"doorstep/flow/explain"
	"doorstep/flow/shell"
	"doorstep/ui/terminal"
	"doorstep/ui/text"
)

func (p *program) explainCommand() *cobra.Command {
	var kind, version string
	c := &cobra.Command{
		Use:   "explain [THING...]",
		Short: "Say what a field, step, rule or finding is",
		Long: `Explain tells what a thing of the handshake is, who sets it, why it has to be
so, what comes of it when it is wrong, where the specification has it, and what
to ask for next. A thing is a field, a step (A1 to A8), a header, a check, an
authorisation rule, a word of Matrix, or a finding of Doorstep's.

Several words make one name. Case, blanks, underscores and hyphens do not
matter. A name that several things have brings them all; the kind in front of
it chooses. A rule is also found by its number, which may stand for something
else in another room version. Without a name, explain says what can be asked.`,
		Example: `  doorstep explain auth chain
  doorstep explain field event_id
  doorstep explain rule 4.3.3
  doorstep explain rule 4.3.3 --room-version 11
  doorstep explain half-joined
  doorstep explain --list header`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeThings,
		RunE: func(c *cobra.Command, args []string) error {
			words := strings.Join(strings.Fields(strings.Join(args, " ")), " ")
			width := terminal.LineWidth(c.OutOrStdout())
			switch {
			case c.Flags().Changed("list") && words != "":
				return seeHelp(c, fmt.Errorf("explain: --list lists a whole kind, and there is %q", words))
			case words == "" && len(args) > 0:
				return seeHelp(c, fmt.Errorf("explain: a name is needed, not %q", strings.Join(args, " ")))
			case words == "" && version != "":
				return seeHelp(c, errors.New("explain: --room-version goes with the number of a rule"))
			case words == "" && kind == "" && !p.wantsJSON():
				return p.whatCanBeAsked()
			case words == "":
				return p.listThings(kind)
			case version != "":
				number, other, ok := explain.RuleAsked(words)
				if !ok || other != "" {
					return seeHelp(c, fmt.Errorf("explain: --room-version goes with the number of a rule, and there is %q", words))
				}
				return p.explainRule(number, version, width)
			}
			return p.explain(words, width)
		},
	}
	c.Flags().StringVar(&kind, "list", "", "list the things of one `KIND`, or all")
	c.Flags().StringVar(&version, "room-version", "", "of a rule: as it is in room `VERSION`")
	return c
}

// everything is the value of --list for all kinds.
const everything = "all"

// thingKinds are the values of --list.
func thingKinds() []string {
	var names []string
	for _, row := range explain.Kinds() {
		names = append(names, string(row.Kind))
	}
	return append(names, everything)
}

// A findingDocument is a finding of the catalogue as JSON.
type findingDocument struct {
	Kind     string       `json:"kind"`
	Name     string       `json:"name"`
	Title    string       `json:"title"`
	Cause    string       `json:"cause"`
	Advice   string       `json:"advice"`
	Apart    string       `json:"apart,omitempty"`
	Sight    string       `json:"sight"`
	Where    string       `json:"where,omitempty"`
	Source   string       `json:"source"`
	Commands []shell.Text `json:"commands,omitempty"`

	See []explain.Reference `json:"see,omitempty"`
}

// documentOf is an entry as JSON, with all that it is linked to.
func documentOf(e *explain.Entry) any {
	if c, ok := diagnose.CauseOf(e.Name); ok && e.Kind == explain.Finding {
		return findingDocument{string(e.Kind), c.ID, c.Title, c.Cause, c.Advice, c.Apart, string(c.Sight), c.Where, c.Source,
			c.Commands(), e.Related()}
	}
	linked := *e
	linked.See = e.Related()
	return linked
}

// explain tells what things are called so, to a terminal of so many cells; 0: to none.
func (p *program) explain(words string, width int) error {
	if number, version, ok := explain.RuleAsked(words); ok && version != "" {
		return p.explainRule(number, version, width)
	}
	found, near := explain.Ask(words)
	if number, _, ok := explain.RuleAsked(words); ok && len(found) == 0 {
		return p.explainRule(number, "", width)
	}
	if len(found) == 0 {
		return fmt.Errorf("nothing here is called %q%s; doorstep explain says what can be asked", words,
			didYouMean(words, near, ""))
	}
	if number, _, ok := explain.RuleAsked(words); ok && !p.wantsJSON() {
		if rules := explain.RulesOf(number, ""); len(rules) > 1 {
			if err := text.Versions(p.stdout, rules, explain.VersionsWithout(rules), p.spellsOut()); err != nil {
				return err
			}
			fmt.Fprint(p.stdout, "\n\n")
		}
	}
	return p.tell(found, width)
}

// explainRule tells what a rule says in one room version, or in all where none is named.
func (p *program) explainRule(number, version string, width int) error {
	if version != "" && !slices.Contains(explain.Versions(), version) {
		return fmt.Errorf("there is no room version %q here, only %s", version, explain.InVersions(explain.Versions()))
	}
	rules := explain.RulesOf(number, version)
	if len(rules) == 0 {
		elsewhere := explain.RulesOf(number, "")
		if len(elsewhere) == 0 {
			return fmt.Errorf("no room version has a rule %s; doorstep explain --list rule lists all", number)
		}
		return fmt.Errorf("room version %s has no rule %s; there is one in %s", version, number,
			explain.InVersions(explain.VersionsOf(elsewhere)))
	}
	var found []*explain.Entry
	for _, r := range rules {
		found = append(found, r.Entry)
	}
	return p.tell(found, width)
}

// tell writes entries, one after the other.
func (p *program) tell(found []*explain.Entry, width int) error {
	if p.wantsJSON() {
		documents := []any{}
		for _, e := range found {
			documents = append(documents, documentOf(e))
		}
		return p.writeJSON(documents)
	}
	for i, e := range found {
		if i > 0 {
			fmt.Fprint(p.stdout, "\n\n")
		}
		write := func() error { return text.Entry(p.stdout, e, p.spellsOut(), width) }
		if c, ok := diagnose.CauseOf(e.Name); ok && e.Kind == explain.Finding {
			write = func() error { return text.Explain(p.stdout, c, p.spellsOut()) }
		}
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// whatCanBeAsked says what kinds of things there are, how many of each, and how to ask for one.
func (p *program) whatCanBeAsked() error {
	var rows [][3]string
	for _, row := range explain.Kinds() {
		rows = append(rows, [3]string{fmt.Sprintf("%5d", len(entriesOf(row.Kind))), string(row.Kind),
			string(shell.Line(append([]string{"doorstep", "explain"}, strings.Fields(examples[row.Kind])...)))})
	}
	if err := text.Kinds(p.stdout, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.stdout, "\ndoorstep explain --list KIND lists one kind, --list %s everything.\n", everything)
	return err
}

// examples are things that a reader may begin with, one of each kind.
var examples = map[explain.Kind]string{
	explain.Term: "auth chain", explain.Role: "role resident", explain.Step: "A5", explain.Field: "field prev_events",
	explain.EventType: "m.room.power_levels", explain.Header: "Authorization", explain.XMatrix: "x-matrix destination",
	explain.Query: "ver", explain.Check: "check content_hash", explain.Rule: "rule 4.3.3",
	explain.Discovery: "discovery 3.1", explain.Finding: "not-invited",
}

// listThings lists the things of one kind, or of every kind under headings.
func (p *program) listThings(kind string) error {
	if p.wantsJSON() {
		return p.writeJSON(thingsOf(kind))
	}
	for _, row := range explain.Kinds() {
		if kind != everything && kind != string(row.Kind) {
			continue
		}
		if kind == everything {
			fmt.Fprintf(p.stdout, "%s%s:\n\n", strings.ToUpper(row.Plural[:1]), row.Plural[1:])
		}
		list := func() error { return text.Entries(p.stdout, entriesOf(row.Kind), p.spellsOut()) }
		if row.Kind == explain.Rule {
			list = func() error { return text.Rules(p.stdout, explain.Rules(), p.spellsOut()) }
		}
		if err := list(); err != nil {
			return err
		}
		if kind == everything {
			fmt.Fprintln(p.stdout)
		}
	}
	return nil
}

// A thing is a line of the list as JSON.
type thing struct {
	Kind string   `json:"kind"`
	Name string   `json:"name"`
	At   []string `json:"at,omitempty"`
	Gist string   `json:"gist"`
}

func thingsOf(kind string) []thing {
	things := []thing{}
	for _, e := range explain.All() {
		if kind == "" || kind == everything || kind == string(e.Kind) {
			t := thing{Kind: string(e.Kind), Name: e.Name, Gist: e.Gist()}
			for _, at := range e.At {
				t.At = append(t.At, at.Where)
			}
			things = append(things, t)
		}
	}
	return things
}

func entriesOf(kind explain.Kind) []explain.Entry {
	var entries []explain.Entry
	for _, e := range explain.All() {
		if e.Kind == kind {
			entries = append(entries, e)
		}
	}
	return entries
}

// completeThings offers the names of all things, and the kinds. After a kind it offers the names of that kind, after
// "rule" the numbers too. Of a name of several words whose first words stand there already, it offers the rest.
func completeThings(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	before := strings.Join(args, " ")
	if before != "" {
		before += " "
	}
	var offers []string
	seen := map[string]bool{}
	offer := func(name, what string) {
		if rest, ok := strings.CutPrefix(name, before); ok && !seen[rest] {
			seen[rest] = true
			offers = append(offers, rest+"\t"+what)
		}
	}
	for _, e := range explain.All() {
		offer(e.Name, e.Gist())
		if before != "" {
			offer(string(e.Kind)+" "+e.Name, e.Gist())
		}
	}
	if before == "" {
		for _, row := range explain.Kinds() {
			offer(string(row.Kind), row.Plural)
		}
		return offers, cobra.ShellCompDirectiveNoFileComp
	}
	for _, r := range explain.Rules() {
		offer(string(explain.Rule)+" "+r.Number, r.Entry.Name)
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}
