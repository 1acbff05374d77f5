package homelog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"doorstep/flow/packed"
)

// limits bound what is taken from a log, which may come from anybody.
type limits struct {
	size   int64 // bytes, unpacked
	line   int   // bytes of a line: what is longer is cut
	joins  int   // how many are kept: the last ones
	held   int64 // bytes that these hold, roughly
	freely int64 // bytes that may be unpacked of anything
}

var usualLimits = limits{size: 64 << 30, line: 64 << 10, joins: 10000, held: 512 << 20, freely: 1 << 30}

// maxRatio is how many times as large a log may be as it is packed, once it is larger than what is unpacked freely.
// Logs are ten to thirty times as large.
const maxRatio = 200

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
	most   int
	number int
}

// newReader unpacks what is gzip.
func newReader(r io.Reader, l limits) (*reader, error) {
	in, err := packed.NewReader(r, packed.Limits{Whole: l.size, Freely: l.freely, Ratio: maxRatio})
	if err != nil {
		return nil, err
	}
	return &reader{b: bufio.NewReaderSize(in, 1<<16), most: l.line}, nil
}

// next gives the next line without its end. The error is io.EOF at the end of the log.
func (r *reader) next() (string, error) {
	var line []byte
	for {
		part, err := r.b.ReadSlice('\n')
		line = append(line, part[:min(len(part), r.most-len(line))]...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return "", fmt.Errorf("line %d: %w", r.number+1, err)
		case err != nil && len(part) == 0 && len(line) == 0:
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

// withoutToken takes the value of every parameter access_token out of a line, however its name is spelled. Homeservers
// do so themselves.
func withoutToken(line string) string {
	for from := 0; ; {
		i := strings.IndexByte(line[from:], '=')
		if i < 0 {
			return line
		}
		from += i + 1
		if !namesToken(line[:from-1]) {
			continue
		}
		end := from
		for end < len(line) && !strings.ContainsRune("& \"'\\", rune(line[end])) {
			end++
		}
		line = line[:from] + "…" + line[end:]
	}
}

// namesToken reports whether a text ends in the name of the parameter, maybe with characters of it percent-encoded.
func namesToken(text string) bool {
	const name = "access_token"
	if strings.HasSuffix(text, name) {
		return true
	}
	text = text[max(len(text)-3*len(name), 0):]
	from := strings.LastIndexFunc(text, func(r rune) bool {
		return r != '%' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) + 1 // those are ASCII, but for one that cannot be read
	if !strings.Contains(text[from:], "%") {
		return false
	}
	plain, err := url.QueryUnescape(text[from:])
	return err == nil && strings.HasSuffix(plain, name)
}
