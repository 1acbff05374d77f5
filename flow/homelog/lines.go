package homelog

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// limits bound what is taken from a log, which may come from anybody.
type limits struct {
	size  int64 // bytes, unpacked
	line  int   // bytes of a line: what is longer is cut
	joins int   // how many are kept: the last ones
}

var usualLimits = limits{size: 64 << 30, line: 64 << 10, joins: 10000}

// A record is one line of a log, taken apart.
type record struct {
	number  int // of the line, from 1
	at      time.Time
	logger  string // Synapse: who wrote it
	request string // Synapse: the request that was being worked on; empty where the form does not say
	text    string // the message
	fields  map[string]string
	raw     string // the line
}

// A reader gives the lines of a log, none longer than allowed.
type reader struct {
	b      *bufio.Reader
	left   int64
	most   int
	number int
}

// newReader unpacks what is gzip.
func newReader(r io.Reader, l limits) (*reader, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := b.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, err
		}
		b = bufio.NewReaderSize(z, 1<<16)
	}
	return &reader{b: b, left: l.size, most: l.line}, nil
}

// next gives the next line without its end. The error is io.EOF at the end of the log.
func (r *reader) next() (string, error) {
	var line []byte
	for {
		part, err := r.b.ReadSlice('\n')
		r.left -= int64(len(part))
		if r.left < 0 {
			return "", fmt.Errorf("line %d: the log is larger than what is read", r.number+1)
		}
		line = append(line, part[:min(len(part), r.most-len(line))]...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(part) == 0 && len(line) == 0):
			return "", err
		}
		r.number++
		return string(bytes.TrimRight(line, "\r\n")), nil
	}
}

const (
	mostKept  = 2000 // bytes of a line that a trace keeps
	mostLines = 6    // lines that it keeps of one entry
)

// kept is a line as a trace keeps it: text, without access tokens.
func kept(line string) string {
	line = strings.ToValidUTF8(withoutToken(line), "\uFFFD")
	if len(line) > mostKept {
		line = strings.ToValidUTF8(line[:mostKept], "") + "…"
	}
	return line
}

// withoutToken takes the value of every parameter access_token out of a line. Homeservers do so themselves.
func withoutToken(line string) string {
	const name = "access_token="
	for from := 0; ; {
		i := strings.Index(line[from:], name)
		if i < 0 {
			return line
		}
		start := from + i + len(name)
		end := start
		for end < len(line) && !strings.ContainsRune("& \"'\\", rune(line[end])) {
			end++
		}
		line = line[:start] + "…" + line[end:]
		from = start
	}
}
