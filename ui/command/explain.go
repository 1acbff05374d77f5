package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"doorstep/flow/diagnose"
	"doorstep/flow/explain"
	"doorstep/ui/terminal"
	"doorstep/ui/text"
)

// findings is the kind under which the causes of failures are listed, next to those of entries.
const findings = "finding"

func (p *program) explainCommand() *cobra.Command {
	var kind string
	c := &cobra.Command{
		Use:   "explain [THING...]",
		Short: "Say what a field, step, rule or finding is, or list all",
		Long: `Explain tells what a thing of the handshake is, who sets it, why it has to be
so, what comes of it when it is wrong, and where the specification has it. A
thing is a field, a step (A1 to A8), a header, a check, an authorisation rule,
a word of Matrix, or a finding of Doorstep's.

Several words make one name. Case, blanks, underscores and hyphens do not
matter. A name that several things have brings them all; the kind in front of
it chooses. Without a name everything is listed by kind.`,
		Example: `  doorstep explain auth chain
  doorstep explain field event_id
  doorstep explain rule 11 4.3.1
  doorstep explain half-joined
  doorstep explain --list header`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeThings,
		RunE: func(c *cobra.Command, args []string) error {
			words := strings.Join(strings.Fields(strings.Join(args, " ")), " ")
			switch {
			case c.Flags().Changed("list") && words != "":
				return seeHelp(c, fmt.Errorf("explain: --list lists a whole kind, and there is %q", words))
			case words == "" && len(args) > 0:
				return seeHelp(c, fmt.Errorf("explain: a name is needed, not %q", strings.Join(args, " ")))
			case words == "":
				return p.listThings(kind)
			}
			return p.explain(words, terminal.LineWidth(c.OutOrStdout()))
		},
	}
	c.Flags().StringVar(&kind, "list", "", "list the things of one `KIND`")
	return c
}

// thingKinds are the values of --list.
func thingKinds() []string {
	var names []string
	for _, row := range explain.Kinds() {
		names = append(names, string(row.Kind))
	}
	return append(names, findings)
}

// A findingDocument is a finding of the catalogue as JSON.
type findingDocument struct {
	Kind     string   `json:"kind"`
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Cause    string   `json:"cause"`
	Advice   string   `json:"advice"`
	Apart    string   `json:"apart,omitempty"`
	Sight    string   `json:"sight"`
	Where    string   `json:"where,omitempty"`
	Source   string   `json:"source"`
	Commands []string `json:"commands,omitempty"`
}

func documentOf(c diagnose.Cause) findingDocument {
	return findingDocument{findings, c.ID, c.Title, c.Cause, c.Advice, c.Apart, string(c.Sight), c.Where, c.Source,
		c.Commands()}
}

// explain tells what things are called so, to a terminal of so many cells; 0: to none.
func (p *program) explain(words string, width int) error {
	found, near := explain.Ask(words)
	causes := causesOf(words)
	if len(found)+len(causes) == 0 {
		return fmt.Errorf("nothing here is called %q%s; doorstep explain lists everything", words,
			didYouMean(words, slices.Concat(near, findingNames()), ""))
	}
	if p.wantsJSON() {
		documents := []any{}
		for _, e := range found {
			documents = append(documents, e)
		}
		for _, c := range causes {
			documents = append(documents, documentOf(c))
		}
		return p.writeJSON(documents)
	}
	first := true
	part := func(write func() error) error {
		if !first {
			fmt.Fprint(p.stdout, "\n\n")
		}
		first = false
		return write()
	}
	for _, e := range found {
		write := func() error { return text.Entry(p.stdout, e, p.spellsOut(), width) }
		if err := part(write); err != nil {
			return err
		}
	}
	for _, c := range causes {
		if err := part(func() error { return text.Explain(p.stdout, c, p.spellsOut()) }); err != nil {
			return err
		}
	}
	return nil
}

// causesOf returns the finding of that name; none where there is none.
func causesOf(words string) []diagnose.Cause {
	id := strings.ToLower(words)
	for _, sign := range []string{"/", " "} {
		id = strings.TrimPrefix(id, findings+sign)
	}
	id = strings.NewReplacer(" ", "-", "_", "-").Replace(id)
	if c, ok := diagnose.CauseOf(id); ok {
		return []diagnose.Cause{c}
	}
	return nil
}

// listThings lists the things of one kind, or of every kind under headings.
func (p *program) listThings(kind string) error {
	if p.wantsJSON() {
		return p.writeJSON(thingsOf(kind))
	}
	for _, row := range explain.Kinds() {
		entries := entriesOf(row.Kind)
		if kind == "" && len(entries) > 0 {
			fmt.Fprintf(p.stdout, "%s%s:\n\n", strings.ToUpper(row.Plural[:1]), row.Plural[1:])
		}
		if kind == "" || kind == string(row.Kind) {
			if err := text.Entries(p.stdout, entries, p.spellsOut()); err != nil {
				return err
			}
		}
		if kind == "" && len(entries) > 0 {
			fmt.Fprintln(p.stdout)
		}
	}
	if kind == "" {
		fmt.Fprint(p.stdout, "Findings:\n\n")
	}
	if kind == "" || kind == findings {
		for _, c := range diagnose.Catalogue() {
			fmt.Fprintf(p.stdout, "%-28s %s\n", c.ID, p.spelled(c.Title))
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
		if kind == "" || kind == string(e.Kind) {
			t := thing{Kind: string(e.Kind), Name: e.Name, Gist: e.Gist()}
			for _, at := range e.At {
				t.At = append(t.At, at.Where)
			}
			things = append(things, t)
		}
	}
	for _, c := range diagnose.Catalogue() {
		if kind == "" || kind == findings {
			things = append(things, thing{Kind: findings, Name: c.ID, Gist: c.Title})
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

func findingNames() []string {
	var names []string
	for _, c := range diagnose.Catalogue() {
		names = append(names, c.ID)
	}
	return names
}

// completeThings offers the names of all things. Of a name of several words whose first words stand there already, it
// offers the rest.
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
	}
	for _, c := range diagnose.Catalogue() {
		offer(c.ID, c.Title)
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}
