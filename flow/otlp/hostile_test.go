package otlp

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"

	"doorstep/flow/flowtest"
	"doorstep/render/rendertest"
)

// marked is what the texts of a test begin with, so that it is seen whether they are sent.
const marked = "zq7zq"

// legibleStrings returns how many strings of a message are marked, in whatever field they stand, and what is wrong with
// the first that no terminal should be shown.
func legibleStrings(m proto.Message) (n int, err error) {
	err = protorange.Range(m.ProtoReflect(), func(at protopath.Values) error {
		text, ok := at.Index(-1).Value.Interface().(string)
		if !ok {
			return nil
		}
		if strings.Contains(text, marked) {
			n++
		}
		wrong := rendertest.Harmless(text, 0)
		if strings.ContainsAny(text, "\n\x1b") {
			wrong = fmt.Errorf("a control character: %.200q", text)
		}
		if wrong != nil {
			return fmt.Errorf("%s: %w", at.Path, wrong)
		}
		return nil
	})
	return n, err
}

// What judges strings looks into every field there is, and at what is in it.
func TestLegibleStringsSeesAll(t *testing.T) {
	spans, _ := spansOf(flowtest.Embedded(t, "banned"))
	r := &receiver{}
	for _, spoil := range []func(protoreflect.Message, protoreflect.FieldDescriptor){nil,
		func(m protoreflect.Message, f protoreflect.FieldDescriptor) {
			m.Set(f, protoreflect.ValueOfString("a\u202eb"))
		}} {
		count := 0
		r.judge = func(m proto.Message) {
			var places []func()
			err := protorange.Range(m.ProtoReflect(), func(at protopath.Values) error {
				f := at.Path.Index(-1)
				if f.Kind() != protopath.FieldAccessStep || f.FieldDescriptor().Kind() != protoreflect.StringKind ||
					f.FieldDescriptor().IsList() {
					return nil
				}
				in, field, was := at.Index(-2).Value.Message(), f.FieldDescriptor(), at.Index(-1).Value
				places = append(places, func() {
					if spoil != nil {
						spoil(in, field)
					}
					if _, err := legibleStrings(m); (err != nil) != (spoil != nil) {
						t.Errorf("%s: %v", field.FullName(), err)
					}
					in.Set(field, was)
				})
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			for _, place := range places[:min(len(places), 300)] { // each looks at all of it
				place()
			}
			count += len(places)
		}
		if err := listen(t, r).Send(t.Context(), spans, "1.2.3"); err != nil {
			t.Fatal(err)
		}
		if count < 100 {
			t.Errorf("there are only %d strings", count)
		}
	}
}

// Whatever stands in the fields of a trace, of whichever source, no string of what is sent of it, by HTTP or by gRPC, is
// one that a terminal acts upon: names, attributes and their keys, events, states, the resource.
func TestHostileTextsSent(t *testing.T) {
	sources := flowtest.Sources(t)
	for by, open := range map[string]func(*testing.T, *receiver) *Collector{
		"HTTP": func(t *testing.T, r *receiver) *Collector { return listen(t, r) }, "gRPC": listenGRPC,
	} {
		t.Run(by, func(t *testing.T) {
			r := &receiver{}
			c := open(t, r)
			all := 0
			for _, name := range slices.Sorted(maps.Keys(sources)) {
				of := 0
				for _, k := range rendertest.Spellings() {
					r.judge = func(m proto.Message) {
						n, err := legibleStrings(m)
						if of += n; err != nil {
							t.Errorf("%s, %s: %v", name, k.Name, err)
						}
					}
					spans, _ := spansOf(flowtest.Spoil(sources[name], func(field, text string) string {
						if flowtest.Steers(field) {
							return text
						}
						return text + marked + k.Text
					}))
					if err := c.Send(t.Context(), spans, "1.2.3"); err != nil {
						t.Errorf("%s, %s: %v", name, k.Name, err)
					}
				}
				if all += of; of == 0 {
					t.Errorf("%s: no text was sent", name)
				}
			}
			t.Logf("%d texts in what was sent of %d sources", all, len(sources))
		})
	}
}
