package recording

import (
	"reflect"

	"doorstep/client"
)

// A compactor makes entries small: a recording of a large room has ten thousand key fetches, which differ in little.
// Texts that came before are shared, and lists have no more room than they need.
type compactor struct{ texts map[string]string }

const (
	longShared = 256     // bytes: no longer text is shared
	mostShared = 1 << 16 // texts that are remembered
)

// text returns s, or an equal text of an earlier entry.
func (c *compactor) text(s string) string {
	if s == "" || len(s) > longShared {
		return s
	}
	if earlier, ok := c.texts[s]; ok {
		return earlier
	}
	if c.texts == nil {
		c.texts = map[string]string{}
	}
	if len(c.texts) < mostShared {
		c.texts[s] = s
	}
	return s
}

// line makes the line of an entry small. Bodies are left alone.
func (c *compactor) line(l *entryLine) {
	for _, part := range []any{&l.Kind, &l.Step, &l.From, &l.To, &l.Server, &l.Endpoint, &l.Method, &l.Connection,
		&l.Discovery} {
		c.value(reflect.ValueOf(part))
	}
}

// fields gives the header fields of a line; nil where there are none.
func (c *compactor) fields(fields []headerField) []client.Field {
	if len(fields) == 0 {
		return nil
	}
	out := make([]client.Field, len(fields))
	for i, f := range fields {
		out[i] = client.Field{Name: c.text(string(f.Name)), Value: c.text(string(f.Value))}
	}
	return out
}

// value makes what v leads to small.
func (c *compactor) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			c.value(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				c.value(f)
			}
		}
	case reflect.String:
		v.SetString(c.text(v.String()))
	case reflect.Slice:
		if v.Cap() > v.Len() {
			exact := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
			reflect.Copy(exact, v)
			v.Set(exact)
		}
		if v.Type().Elem().Kind() != reflect.Uint8 {
			for i := range v.Len() {
				c.value(v.Index(i))
			}
		}
	}
}
