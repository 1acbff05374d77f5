package flowtest

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Forms are the recordings of every form there has been: of joins, invites, checks, taps and hosted servers, with held,
// altered, redacted, imported and logged entries.
func Forms(t testing.TB) map[string][]byte {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	files, err := filepath.Glob(filepath.Join(filepath.Dir(here), "../recording/testdata/earlier/*.jsonl"))
	if err != nil || len(files) < 13 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	out := map[string][]byte{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(file), ".jsonl")] = b
	}
	return out
}
