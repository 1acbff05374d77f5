package flow

import "slices"

// A Part is what came of an answer that broke off. It is kept and shown, and never judged: what is not there might have
// changed everything.
type Part struct {
	Came int64 // bytes of the body
	Of   int64 // as announced; 0: nothing was
}

// Part returns what came of the answer of e; false where all of it came, or nothing.
func (e *Entry) Part() (Part, bool) {
	if e.Failure == nil || e.Response == nil {
		return Part{}, false
	}
	of, _ := e.Response.Announced()
	return Part{Came: int64(len(e.Response.Body)), Of: of}, true
}

// WholeEvents returns the beginning of a JSON text that was cut, up to the last event that came whole, closed so that
// it is JSON again, and how many events that are: objects in a list of the answer to send_join, whose v1 form is in a
// list itself. It returns nil where there is no such text. What is in an event is not looked at.
func WholeEvents(text []byte) (whole []byte, events int) {
	open := make([]byte, 0, 8) // what closes the values that are open, outermost first
	end, depth := 0, 0         // where the last whole value ends, and how many are open there
	most := 2                  // lists of events are so deep
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			if i = stringEnd(text, i); i < 0 {
				return closed(text, end, open[:depth]), events
			}
			continue
		case '{', '[':
			if len(open) == 0 && c == '[' {
				most = 3
			}
			open = append(open, c+2) // the closing bracket of either stands two after it
			continue
		case '}', ']':
			if len(open) == 0 || open[len(open)-1] != c {
				return closed(text, end, open[:depth]), events
			}
			open = open[:len(open)-1]
			if c == '}' && len(open) == most {
				events++
			}
			if len(open) <= most {
				end, depth = i+1, len(open)
			}
		case ',':
			if len(open) <= most {
				end, depth = i, len(open)
			}
		}
	}
	return closed(text, end, open[:depth]), events
}

// stringEnd returns where the string that begins at start ends; -1 where it does not.
func stringEnd(text []byte, start int) int {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// closed is the beginning of a text with what closes its values; nil where there is nothing.
func closed(text []byte, end int, open []byte) []byte {
	if end == 0 {
		return nil
	}
	out := append(make([]byte, 0, end+len(open)), text[:end]...)
	for _, c := range slices.Backward(open) {
		out = append(out, c)
	}
	return out
}
