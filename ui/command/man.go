package command

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"doorstep/flow/kept"
)

func (p *program) manCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "man [COMMAND]",
		Short: "Print the manual, or a command's page of it",
		Long: `Man prints a page of the manual, in the form that the program man formats.
Without a COMMAND it is the page of Doorstep itself.

--dir writes every page into a folder, as doorstep.1, doorstep-join.1 and so on:
for packages. The same program writes the same pages each time.`,
		Example: `  doorstep man | man -l -
  doorstep man join > doorstep-join.1
  doorstep man --dir ~/.local/share/man/man1`,
		Args: takes(0, 1, ""),
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, c := range documented(c.Root()) {
				if len(args) == 0 {
					names = append(names, c.Name()+"\t"+c.Short)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			if dir != "" && len(args) == 1 {
				return seeHelp(c, errors.New("--dir writes every page: leave the command out"))
			}
			if dir != "" {
				return writePages(c.Root(), dir)
			}
			page, err := documentedAs(c, args)
			if err != nil {
				return err
			}
			return writePage(p.stdout, page)
		},
	}
	c.Flags().StringVar(&dir, "dir", "", "write every page into `DIR` instead")
	return c
}

// documentedAs is the command that args name; the program itself where they are empty.
func documentedAs(c *cobra.Command, args []string) (*cobra.Command, error) {
	if len(args) == 0 {
		return c.Root(), nil
	}
	var names []string
	for _, one := range documented(c.Root()) {
		names = append(names, one.Name())
		if one.Name() == args[0] {
			return one, nil
		}
	}
	return nil, seeHelp(c, fmt.Errorf("no command %q%s", args[0], didYouMean(args[0], names, "")))
}

// writePages writes the page of the program and of each command into dir, under the names by which man finds them.
// There it replaces pages of another version.
func writePages(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, c := range append([]*cobra.Command{root}, documented(root)...) {
		var b bytes.Buffer
		if err := writePage(&b, c); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, pageName(c)+".1"), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// writePage writes the page of one command.
func writePage(to io.Writer, c *cobra.Command) error {
	m := manual{b: bufio.NewWriter(to)}
	m.page(c)
	return m.b.Flush()
}

// pageName is the name under which man finds the page of a command.
func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// documented are the commands with a page of their own.
func documented(root *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			all = append(all, c)
		}
	}
	return all
}

// A described is a word and what it says.
type described struct{ word, says string }

// exits are the exit codes.
var exits = []described{
	{"0", "The join went through, or holds; a dry run came to its end. Of diff: the two handshakes are equal. " +
		"Of export, import and redact: all of it was written."},
	{"1", "The join was refused, or failed. Of verify: there is no answer to send_join to verify. " +
		"Of diff: the two handshakes differ. Where there is no other outcome: something could not be written."},
	{"2", "The command line cannot be carried out. Of diff: a recording cannot be read. Of whatever says internal " +
		"error: Doorstep itself is at fault."},
	{"3", "No server could be found or reached."},
	{"4", "An answer or the join would be refused as a whole, or cannot be proven; with --strict: a check failed."},
	{"5", "An answer did not come in time."},
	{"129", "SIGHUP ended it."}, {"130", "SIGINT ended it."}, {"131", "SIGQUIT ended it."}, {"143", "SIGTERM ended it."},
}

// environment are the variables that are looked at.
var environment = []described{
	{"XDG_STATE_HOME", "The folder under which runs are recorded; where it is not set, ~/.local/state."},
	{"XDG_CONFIG_HOME", "The folder under which the settings are; where it is not set, ~/.config."},
	{"NO_COLOR", "Where it is not empty, nothing is drawn in colour unless --color always is given."},
	{"TERM, CI", "Where TERM is empty or dumb, or CI is set, lines are printed and no screen is opened."},
	{"LC_ALL, LC_CTYPE, LANG", "Where the first of them that is set does not say UTF-8, all that is drawn is ASCII."},
	{"OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "The OpenTelemetry collector to which join, " +
		"sandbox and replay send the handshake as a trace, as with --otlp, which goes before them. Names of rooms, " +
		"users and servers go along."},
	{"OTEL_EXPORTER_OTLP_PROTOCOL", "How it is sent: http/protobuf, the default, http/json or grpc. The variables for " +
		"header fields, certificates, compression and the resource, such as OTEL_EXPORTER_OTLP_HEADERS, " +
		"OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, mean what they mean everywhere."},
	{"OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER", "Where the first is true, no trace is sent, and none because of the " +
		"environment where the second is none."},
}

// A manual writes pages for man.
type manual struct{ b *bufio.Writer }

func (m manual) page(c *cobra.Command) {
	c.InitDefaultHelpFlag() // before anything is asked of c, so that it says the same each time
	c.InitDefaultVersionFlag()
	name, made := pageName(c), thisBuild()
	day, _, _ := strings.Cut(made.date, "T") // of the commit: a page made again is the same
	fmt.Fprintf(m.b, ".TH %s 1 \"%s\" \"doorstep %s\" \"Doorstep\"\n", roff(strings.ToUpper(name)), roff(day),
		roff(made.short()))
	m.section("NAME")
	fmt.Fprintf(m.b, "%s \\- %s\n", roff(name), roff(c.Short))
	m.section("SYNOPSIS")
	fmt.Fprintf(m.b, ".B %s\n", roff(c.UseLine()))
	if !c.HasParent() {
		fmt.Fprintf(m.b, ".br\n.B %s\n.I COMMAND\n[...]\n", roff(c.Name()))
	}
	m.section("DESCRIPTION")
	long := c.Long
	if long == "" {
		long = c.Short + "."
	}
	m.prose(long)
	if c.HasSubCommands() {
		m.commands(documented(c))
	}
	m.section("OPTIONS")
	m.flags(c.LocalFlags())
	m.flags(c.InheritedFlags())
	m.list("EXIT STATUS", exits)
	m.list("ENVIRONMENT", environment)
	m.list("FILES", []described{
		{"$XDG_CONFIG_HOME/doorstep/config.json", "The settings, and profiles: see doorstep info."},
		{"$XDG_STATE_HOME/doorstep/recordings",
			fmt.Sprintf("The newest %d runs, each in a file that its owner alone may read.", kept.Most)},
		{"$XDG_STATE_HOME/doorstep/tour.json", "How far you are in the tour."}})
	if c.Example != "" {
		m.section("EXAMPLES")
		m.verbatim(c.Example)
	}
	m.seeAlso(c)
}

// commands writes every command and the flags that are its own.
func (m manual) commands(all []*cobra.Command) {
	m.section("COMMANDS")
	for _, c := range all {
		fmt.Fprintf(m.b, ".SS %s\n", roff(strings.TrimSuffix(c.UseLine(), " [flags]")))
		m.prose(c.Short + ".")
		m.flags(c.LocalNonPersistentFlags())
	}
}

func (m manual) section(name string) { fmt.Fprintf(m.b, ".SH %s\n", name) }

// prose writes paragraphs, which man fills anew.
func (m manual) prose(text string) {
	for _, paragraph := range strings.Split(text, "\n\n") {
		fmt.Fprintf(m.b, ".PP\n%s\n", roff(paragraph))
	}
}

func (m manual) verbatim(text string) { fmt.Fprintf(m.b, ".nf\n%s\n.fi\n", roff(text)) }

func (m manual) list(name string, all []described) {
	m.section(name)
	for _, d := range all {
		m.item(d.word, "", d.says)
	}
}

// item writes a word, what it takes, and what it says.
func (m manual) item(word, takes, says string) {
	fmt.Fprintf(m.b, ".TP\n\\fB%s\\fR", roff(word))
	if takes != "" {
		fmt.Fprintf(m.b, " \\fI%s\\fR", roff(takes))
	}
	fmt.Fprintf(m.b, "\n%s\n", roff(says))
}

func (m manual) flags(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		word := "--" + f.Name
		if f.Shorthand != "" {
			word = "-" + f.Shorthand + ", " + word
		}
		takes, says := pflag.UnquoteUsage(f)
		if f.NoOptDefVal != "" {
			takes = ""
		}
		if values := choices[f.Name]; values != nil && takes == "string" {
			takes = "NAME"
		}
		m.item(word, takes, says)
	})
}

func (m manual) seeAlso(c *cobra.Command) {
	m.section("SEE ALSO")
	var pages []string
	for _, other := range append([]*cobra.Command{c.Root()}, documented(c.Root())...) {
		if other != c {
			pages = append(pages, "\\fB"+roff(pageName(other))+"\\fR(1)")
		}
	}
	fmt.Fprintln(m.b, strings.Join(pages, ",\n"))
}

// roffSpells are the characters that would be taken for something else, or printed as another.
var roffSpells = map[rune]string{
	'\\': `\e`, '-': `\-`, '\'': `\(aq`, '"': `\(dq`, '~': `\(ti`, '^': `\(ha`, '`': `\(ga`,
}

// roff spells text so that it is printed as it stands: a dash stays one that can be pasted, and no line is a request.
func roff(text string) string {
	var b strings.Builder
	begin := true
	for _, c := range text {
		if begin && (c == '.' || c == '\'') {
			b.WriteString(`\&`)
		}
		begin = c == '\n'
		switch spelled := roffSpells[c]; {
		case spelled != "":
			b.WriteString(spelled)
		case c > '~':
			fmt.Fprintf(&b, `\[u%04X]`, c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
