package har

import (
	"io"

	"doorstep/flow/traffic"
)

// Read reads an archive, up to 4 GiB of it, and finds the handshakes. The error says where something is wrong; it is
// traffic.ErrNoHandshake, wrapped, where all is well and there is none.
func Read(r io.Reader) (*traffic.Capture, error) { return readWithin(r, usualLimits) }

func readWithin(r io.Reader, l limits) (*traffic.Capture, error) {
	in, err := read(r, l)
	if err != nil {
		return nil, err
	}
	var changed error
	if in.trace != nil {
		t, err := in.own()
		if err == nil {
			return traffic.Whole(t, in.entries), nil
		}
		changed = err
		in.forget()
	}
	if in.creator.Name == "mitmproxy" {
		for i := range in.kept {
			in.kept[i].byParts()
		}
	}
	all := make([]traffic.Exchange, len(in.kept))
	for i := range in.kept {
		all[i] = in.kept[i].Exchange
	}
	c, err := traffic.Find(all, traffic.Source{From: "har", By: creatorWords(in.creator)}, in.entries)
	if err != nil {
		return nil, err
	}
	c.Changed = changed
	return c, nil
}

// forget makes the exchanges those of any program.
func (a *archive) forget() {
	for i := range a.kept {
		a.kept[i].disown()
	}
}

// creatorWords say which program wrote an archive.
func creatorWords(by Creator) string {
	words := by.Name
	if by.Version != "" {
		words += " " + by.Version
	}
	return traffic.Clip(words)
}
