package compare

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"doorstep/flow/event"
)

func body(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// segments is a path as a JSON list of its segments.
func segments(path string) []byte {
	return list(strings.Split(strings.Trim(path, "/"), "/"), url.PathUnescape)
}

func list(texts []string, plain func(string) (string, error)) []byte {
	out := []byte("[")
	for i, t := range texts {
		if p, err := plain(t); err == nil {
			t = p
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, event.Quote(strings.ToValidUTF8(t, "\uFFFD"))...)
	}
	return append(out, ']')
}

// parameters are those of a query as a JSON object: a text, or a list of texts where a name comes more than once.
func parameters(query string) []byte {
	if query == "" {
		return []byte("{}")
	}
	values := map[string][]string{}
	for _, pair := range strings.Split(query, "&") {
		k, v, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(k); err == nil {
			k = plain
		}
		values[strings.ToValidUTF8(k, "\uFFFD")] = append(values[k], v)
	}
	keys := make([]string, 0, len(values))
	for k := range values {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	out := []byte("{")
	for i, k := range keys {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, event.Quote(k)...), ':')
		all := list(values[k], url.QueryUnescape)
		if len(values[k]) == 1 {
			all = all[1 : len(all)-1]
		}
		out = append(out, all...)
	}
	return append(out, '}')
}

// without is an object without some of its members.
func without(object []byte, keys ...string) []byte {
	members, err := event.Members(object)
	if err != nil {
		return body(object)
	}
	out := []byte("{")
	for _, m := range members {
		if slices.Contains(keys, m.Key) {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, event.Quote(m.Key)...), ':'), m.Value...)
	}
	return append(out, '}')
}

// joined is a JSON list of values.
func joined(values [][]byte) []byte {
	size := 2
	for _, v := range values {
		size += len(v) + 1
	}
	out := append(make([]byte, 0, size), '[')
	for i, v := range values {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, v...)
	}
	return append(out, ']')
}

// asJSON is a value as JSON text; nil where it has none.
func asJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return text
}
