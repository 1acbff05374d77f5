package recordings_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
	"doorstep/flow/recording"
)

var update = flag.Bool("update", false, "write the golden file again")

// The first recordings hold what became of look-ups and exchanges in words alone. They are read as they always were:
// the same outcome, exit code, checks and findings.
func TestFirstRecordings(t *testing.T) {
	files, err := filepath.Glob("testdata/first/*.jsonl*")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	var told strings.Builder
	for _, file := range files {
		trace, err := recording.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		state := flow.Fold(trace)
		r := export.NewReport(trace, state, export.ReportOptions{})
		name, _, _ := strings.Cut(filepath.Base(file), ".")
		fmt.Fprintf(&told, "%s: %s, exit code %d, %d entries, checks %+v\n", name, r.Outcome, r.ExitCode, len(trace.Entries),
			r.Counts.Checks)
		for _, f := range diagnose.Findings(trace, state) {
			fmt.Fprintf(&told, "    %s %s %s %v\n", f.Severity, f.ID, f.Step, f.Evidence)
		}
	}
	const golden = "testdata/first.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(told.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), told.String()); diff != "" {
		t.Errorf("(-before +now):\n%s", diff)
	}
}
