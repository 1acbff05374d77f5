package answer

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/alter"
)

// FuzzParse: whatever somebody writes is read or pointed at, and an answer that was read is written so that the same is
// read again.
func FuzzParse(f *testing.F) {
	d := template()
	f.Add(d.Text())
	f.Add(strings.NewReplacer("200", "403", "Body: json", "Body: any", "Over: 0s", "Over: 20s", "never", "7").Replace(d.Text()))
	f.Add("ANSWER 200\n\n{}")
	f.Add("# x\nANSWER 599\nX: \xff\n\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := d.Parse(text, Known{})
		if err != nil {
			var at *alter.ParseError
			if !errors.As(err, &at) || at.Line < 1 || at.Column < 1 || at.Line > strings.Count(text, "\n")+1 {
				t.Errorf("%v", err)
			}
			return
		}
		if got.Status < 200 || got.Status > 599 || got.Changed() && len(got.Body) > len(text) {
			t.Errorf("%d, %q came from %q", got.Status, got.Body, text)
		}
		again := Draft{Step: flow.A5, Server: d.Server, Status: got.Status, Header: got.Header, Body: got.Body,
			Delivery: got.Delivery}
		back, err := again.Parse(again.Text(), Known{})
		if err != nil || back.Status != got.Status || !bytes.Equal(back.Body, got.Body) || back.Delivery != got.Delivery ||
			!reflect.DeepEqual(append([]client.Field{}, back.Header...), append([]client.Field{}, got.Header...)) {
			t.Errorf("%+v is written\n%s\nand read as %+v, %v", got, again.Text(), back, err)
		}
	})
}
