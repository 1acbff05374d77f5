package flowtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"doorstep/flow"
)

// Every source that a trace can have is among those that are swept: the constants of package flow say which there are.
func TestEverySourceIsSwept(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../trace.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var there, swept []string
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(v.Names[0].Name, "Source") {
			return true
		}
		value, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		there = append(there, value)
		return true
	})
	for _, trace := range Sources(t) {
		swept = append(swept, trace.Header.Source)
	}
	for _, source := range there {
		if !slices.Contains(swept, source) {
			t.Errorf("no recording whose source is %q is swept", source)
		}
	}
	if len(there) < 6 {
		t.Errorf("only %d sources: %q", len(there), there)
	}
}

// Texts are put where they are to stand and nowhere else, and the trace that was given stays as it is. Every kind of
// evidence has fields.
func TestSpoil(t *testing.T) {
	all := map[string]bool{}
	for name, trace := range Sources(t) {
		before := Spoil(trace, func(_, text string) string { return text })
		same := cmp.Options{cmpopts.IgnoreUnexported(flow.Entry{})}
		if d := cmp.Diff(trace, before, same); d != "" {
			t.Fatalf("%s: nothing was to be changed:\n%s", name, d)
		}
		for _, field := range Fields(trace) {
			all[field] = true
		}
		after := Spoil(trace, func(_, text string) string { return text + "spoiled" })
		if cmp.Equal(before, after, same) {
			t.Errorf("%s: nothing was changed", name)
		}
		if d := cmp.Diff(before, trace, same); d != "" {
			t.Fatalf("%s: what was given was changed:\n%s", name, d)
		}
	}
	for _, field := range []string{"header.Title", "header.Redacted.Found.Findings[].Severity", "header.Imported.By",
		"local R.Discovery.Steps[].Location", "local R.Discovery.Steps[].Result", "local R.Authenticated.Origin",
		"response A5.Connection.TLS.Certificates[].Names[]", "response A5.Response.Body/errcode", "response A7.Response.Body/{}",
		"request R key/server.Request.Header[].Value", "request A1.Logged.Lines[]", "local L1.Build.Event/content/{}",
		"response A7.Altered.Response.Body (raw)", "response A3.Response.Reason"} {
		if !all[field] {
			t.Errorf("no trace has the field %q", field)
		}
	}
	t.Logf("%d fields", len(all))
}
