package har

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"doorstep/flow/recording"
)

// Limits on an archive, which may come from anybody. What has nothing to do with a join is passed over, and counts
// towards the size of the file alone.
const (
	maxFile    = 4 << 30   // bytes
	maxEntry   = 768 << 20 // bytes of one entry: a send_join answer of the largest size accepted, in base64
	maxKept    = 1 << 30   // bytes of the entries that are kept
	maxEntries = 1 << 20   // entries that are kept

	maxEntryElements = 1 << 18 // of the lists in an entry that is kept: header fields
	maxElements      = 1 << 22 // of those in all of them
)

// An archive is what has been read of a file.
type archive struct {
	creator  Creator
	trace    *Trace
	kept     []exchange
	entries  int // in the file
	size     int // bytes of what is kept
	elements int // of lists in what is kept
	limits   limits
}

type limits struct {
	file, entry             int64
	kept                    int
	entryElements, elements int
}

var usualLimits = limits{maxFile, maxEntry, maxKept, maxEntryElements, maxElements}

// read reads an archive, entry by entry, and keeps the exchanges that may belong to a join.
func read(r io.Reader, l limits) (*archive, error) {
	b := bufio.NewReader(r)
	if mark, _ := b.Peek(3); string(mark) == "\uFEFF" {
		b.Discard(3) // never errs: these bytes are there
	}
	a := &archive{limits: l}
	d := &decoder{in: &bounded{r: b, file: l.file, piece: l.entry}}
	d.Decoder = json.NewDecoder(d.in)
	return a, d.object("the file", func(key string) error {
		if key != "log" {
			return d.skip()
		}
		return d.object("log", func(key string) error { return a.member(d, key) })
	})
}

// member reads a member of the log.
func (a *archive) member(d *decoder, key string) error {
	switch key {
	case "creator":
		return d.into("log.creator", &a.creator)
	case "_doorstep":
		return a.doorstep(d)
	case "entries":
		return d.list("log.entries", func() error {
			a.entries++
			return a.entry(d)
		})
	}
	return d.skip()
}

// entry reads an entry, and keeps it where it may belong to a join. What is wrong with one that does not matters to
// nobody.
func (a *archive) entry(d *decoder) error {
	place := fmt.Sprintf("entry %d", a.entries)
	var raw json.RawMessage
	if err := d.into(place, &raw); err != nil {
		return err
	}
	x, ok, err := exchangeOf(raw, a.count)
	if err != nil {
		return fmt.Errorf("%s: %w", place, plainly(err))
	}
	if !ok {
		return nil
	}
	x.Place = a.entries
	a.kept = append(a.kept, x)
	if a.size += len(raw); a.size > a.limits.kept || len(a.kept) > maxEntries {
		return fmt.Errorf("%s: up to here there are %d exchanges of joins with %d bytes, and the limit is %d exchanges "+
			"with %d bytes", place, len(a.kept), a.size, maxEntries, a.limits.kept)
	}
	return nil
}

// doorstep reads what this program wrote of a recording besides exchanges.
func (a *archive) doorstep(d *decoder) error {
	const place = "log._doorstep"
	var raw json.RawMessage
	if err := d.into(place, &raw); err != nil {
		return err
	}
	err := a.count(raw)
	if err == nil {
		err = json.Unmarshal(raw, &a.trace)
	}
	if err != nil {
		return d.at(place, err)
	}
	return nil
}

// count counts the elements of lists in what is kept: a few bytes of them take a hundred times as many in memory.
func (a *archive) count(raw []byte) error {
	n, err := recording.CountElements(raw)
	a.elements += n
	switch l := a.limits; {
	case err != nil:
		return err
	case n > l.entryElements:
		return fmt.Errorf("its lists have %d elements, and the limit is %d", n, l.entryElements)
	case a.elements > l.elements:
		return fmt.Errorf("up to here lists have %d elements, and the limit is %d", a.elements, l.elements)
	}
	return nil
}

// A decoder reads JSON piece by piece, and says where something is wrong.
type decoder struct {
	*json.Decoder
	in *bounded
}

// into reads a value that is wanted whole.
func (d *decoder) into(place string, v any) error {
	d.in.begin()
	if err := d.Decode(v); err != nil {
		return d.at(place, err)
	}
	return nil
}

// skip reads a value that nobody wants.
func (d *decoder) skip() error {
	var nothing json.RawMessage
	return d.into("the file", &nothing)
}

// object reads an object, each member by what member does.
func (d *decoder) object(place string, member func(key string) error) error {
	return d.between(place, '{', func() error {
		key, err := d.Token()
		if err != nil {
			return d.at(place, err)
		}
		name, _ := key.(string) // a decoder lets nothing else stand there
		return member(name)
	})
}

// list reads a list.
func (d *decoder) list(place string, element func() error) error {
	return d.between(place, '[', element)
}

func (d *decoder) between(place string, open json.Delim, each func() error) error {
	d.in.begin()
	first, err := d.Token()
	if err != nil {
		return d.at(place, err)
	}
	if first != open {
		return d.at(place, fmt.Errorf("there has to be %s", map[json.Delim]string{'{': "an object", '[': "a list"}[open]))
	}
	for d.More() {
		d.in.begin()
		if err := each(); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return d.at(place, err)
	}
	return nil
}

// at says where in the file something is wrong.
func (d *decoder) at(place string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the file ends here")
	}
	return fmt.Errorf("%s, before byte %d: %w", place, d.InputOffset()+1, plainly(err))
}

// plainly says which value is of the wrong type, without the types of this program.
func plainly(err error) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return err
	}
	field := wrong.Field
	if field == "" {
		field = "it"
	}
	return fmt.Errorf("%s is a JSON %s, which it must not be", field, wrong.Value)
}

// A bounded reader reads no more than so many bytes, of all and of one piece.
type bounded struct {
	r           io.Reader
	file, piece int64
	left        int64 // of the piece
}

func (b *bounded) begin() { b.left = b.piece }

func (b *bounded) Read(p []byte) (int, error) {
	switch {
	case b.file <= 0:
		return 0, errors.New("the file is over the limit of its size")
	case b.left <= 0:
		return 0, fmt.Errorf("it is longer than %d bytes, which is the limit", b.piece)
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left, b.file)])
	b.left -= int64(n)
	b.file -= int64(n)
	return n, err
}
