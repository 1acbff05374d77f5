package homelog

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
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
	left   int64
	most   int
	number int
}

// newReader unpacks what is gzip.
func newReader(r io.Reader, l limits) (*reader, error) {
	in := &measured{r: r}
	b := bufio.NewReaderSize(in, 1<<16)
	if magic, _ := b.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, err
		}
		b = bufio.NewReaderSize(&unpacking{z: z, packed: &in.n, freely: l.freely}, 1<<16)
	}
	return &reader{b: b, left: l.size, most: l.line}, nil
}

// A measured reader counts what it reads.
type measured struct {
	r io.Reader
	n int64
}

func (m *measured) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.n += int64(n)
	return n, err
}

// An unpacking reader unpacks gzip, no more than a log has in it.
type unpacking struct {
	z         io.Reader
	packed    *int64 // bytes read so far
	n, freely int64  // bytes given, and those that anything may have
}

func (u *unpacking) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	if u.n += int64(n); u.n > u.freely && u.n/maxRatio > *u.packed {
		return 0, fmt.Errorf("the log unpacks to more than %d MiB, and to more than %d times its size: where that is as "+
			"it should be, unpack it with gunzip first", u.freely>>20, maxRatio)
	}
	return n, err
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

// withoutToken takes the value of every parameter access_token out of a line, however its name is spelled. Homeservers do
// so themselves.
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
