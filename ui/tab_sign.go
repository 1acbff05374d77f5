package ui

// signTab is the work behind the signatures on the row.
var signTab tab = tabSign{}

type tabSign struct{}

func (tabSign) name() string { return "Sign" }
func (tabSign) key() string  { return "4" }
func (tabSign) help() string { return "the exact bytes hashed and signed, keys, verdicts" }

func (tabSign) depends() dependence { return dependence{field: true, subject: true} }

func (tabSign) lacks(s *scene) string { return s.lacksSigned() }

func (tabSign) content(h *handshake, s *scene) *content {
	return &content{text: s.sign(h.subjectOf(s))}
}
