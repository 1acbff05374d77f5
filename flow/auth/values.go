package auth

import "doorstep/flow/event"

// text unescapes the JSON string raw; false when it is none, or nil.
func text(raw []byte) (string, bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	return event.String(raw)
}

// member returns the value at key in the JSON object obj, nil when obj is no object or has no such key.
func member(obj []byte, key string) []byte {
	if !isObject(obj) {
		return nil
	}
	return event.Get(obj, key)
}

func isObject(raw []byte) bool { return len(raw) > 0 && raw[0] == '{' }

func isArray(raw []byte) bool { return len(raw) > 0 && raw[0] == '[' }

func quote(s string) string { return `"` + s + `"` }
