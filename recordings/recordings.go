// Package recordings holds recorded handshakes, embedded in the program. Each was made by the program itself; README.md
// next to them says how.
package recordings

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

//go:embed *.jsonl *.jsonl.gz
var files embed.FS

// Schema is the JSON Schema of a line of a recording, which FORMAT.md specifies.
//
//go:embed schema.json
var Schema []byte

// Names returns the names of the recordings, in order.
func Names() []string {
	var names []string
	entries, _ := fs.ReadDir(files, ".")
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(strings.TrimSuffix(e.Name(), ".gz"), ".jsonl"))
	}
	slices.Sort(names)
	return names
}

// Open returns the bytes of the recording with that name, uncompressed. The error is fs.ErrNotExist, wrapped, when
// there is none.
func Open(name string) (io.Reader, error) {
	if strings.ContainsAny(name, "/\\") {
		return nil, fmt.Errorf("recording %q: %w", name, fs.ErrNotExist)
	}
	if b, err := files.ReadFile(name + ".jsonl"); err == nil {
		return bytes.NewReader(b), nil
	}
	b, err := files.ReadFile(name + ".jsonl.gz")
	if err != nil {
		return nil, fmt.Errorf("recording %q: %w", name, fs.ErrNotExist)
	}
	return gzip.NewReader(bytes.NewReader(b))
}
