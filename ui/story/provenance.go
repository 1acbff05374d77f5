package story

import "doorstep/flow"

// ProvenanceMarks are words for a recording that is not what its servers saw: redacted, imported; none where it is.
func ProvenanceMarks(h flow.Header) []string {
	var out []string
	if h.Redacted != nil {
		out = append(out, "redacted")
	}
	switch {
	case h.Watched():
		out = append(out, h.Source)
	case h.Imported != nil:
		out = append(out, "imported")
	}
	return out
}

// ProvenanceWords says the same in a sentence for whoever opens it, without a full stop; empty where there is nothing
// to say.
func ProvenanceWords(h flow.Header) string {
	words := ""
	if h.Redacted != nil {
		words = "redacted: names are pseudonyms, and no signature or hash can be checked"
	}
	if missing := MissingWords(h); missing != "" {
		if words != "" {
			words += "; "
		}
		words += seenHow(h) + ": it lacks " + missing
	}
	return words
}

// seenHow says in a word how a trace came about that we did not make as the joining server.
func seenHow(h flow.Header) string {
	switch h.Source {
	case flow.SourceTap:
		return "seen by a tap"
	case flow.SourceHost:
		return "seen by the servers that were asked"
	}
	return "imported"
}

// provenance tells of a redacted or imported recording what is not in it any more, or never was.
func (s *Scene) provenance(b *Builder) {
	if r := s.State.Header.Redacted; r != nil {
		b.Section("This recording is redacted")
		b.Say("What was found before is told as it was found then. Names are pseudonyms, each the same one wherever it " +
			"stands; texts are empty; no signature and no hash can be checked.")
		b.Field("Taken out:", RemovedWords(r.Removed))
		if r.By != "" {
			b.Field("By:", r.By)
		}
	}
	if h := s.State.Header; h.Watched() {
		b.Section("This handshake was " + seenHow(h))
		b.Say("What the joining server did elsewhere, or by itself, cannot be known here: it is not checked, and counts " +
			"neither for the join nor against it.")
		b.Field("Not seen:", MissingWords(h))
		if h.Imported != nil && len(h.Imported.Redone) > 0 {
			b.Say("Its local work, such as signing the join, is told from what it sent.")
		}
	} else if i := h.Imported; i != nil {
		b.Section("This recording was imported")
		b.Say("Another program recorded it, and what that did not keep cannot be known here: it is not checked, and " +
			"counts neither for the join nor against it.")
		b.Field("Not in the file:", MissingWords(s.State.Header))
		if len(i.Redone) > 0 {
			b.Say("Local work, such as signing the join, is told from what was sent.")
		}
		if i.By != "" {
			b.Field("Recorded by:", i.By)
		}
	}
}
