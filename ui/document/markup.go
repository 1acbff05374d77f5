package document

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// A node is an element of a picture: its attributes, then its text, then what it holds. It becomes markup in one place,
// which escapes all of it.
type node struct {
	name  string
	attrs []xml.Attr
	text  string
	holds []*node
}

// el returns an element with attributes, given as names and values by turns. Numbers are written as short as they are.
func el(name string, attrs ...any) *node {
	n := &node{name: name}
	for i := 0; i+1 < len(attrs); i += 2 {
		value := ""
		switch v := attrs[i+1].(type) {
		case float64:
			value = number(v)
		default:
			value = fmt.Sprint(v)
		}
		n.attrs = append(n.attrs, xml.Attr{Name: xml.Name{Local: fmt.Sprint(attrs[i])}, Value: value})
	}
	return n
}

// said gives n a text.
func (n *node) said(text string) *node {
	n.text = text
	return n
}

// add puts elements into n.
func (n *node) add(more ...*node) *node {
	n.holds = append(n.holds, more...)
	return n
}

// markup returns n as XML.
func (n *node) markup() ([]byte, error) {
	var b bytes.Buffer
	enc := xml.NewEncoder(&b)
	if err := n.encode(enc); err != nil {
		return nil, err
	}
	if err := enc.Flush(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (n *node) encode(enc *xml.Encoder) error {
	start := xml.StartElement{Name: xml.Name{Local: n.name}, Attr: n.attrs}
	if err := enc.EncodeToken(start); err != nil {
		return err
	}
	if n.text != "" {
		if err := enc.EncodeToken(xml.CharData(n.text)); err != nil {
			return err
		}
	}
	for _, held := range n.holds {
		if err := held.encode(enc); err != nil {
			return err
		}
	}
	return enc.EncodeToken(start.End())
}
