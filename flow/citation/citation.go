// Package citation reads the places that entries, findings, checks and changes cite: sections of the Matrix
// specification, RFCs, issues. Each becomes a title and, where it can be opened, a URL.
package citation

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A Place is one place that is cited: a section of the specification, an RFC, an issue.
type Place struct {
	Title string `json:"title"`         // as it is cited
	URL   string `json:"url,omitempty"` // https; empty: nothing can be opened
}

// Parse takes a citation apart: "server-server: Joining Rooms, GET make_join; matrix-org/synapse#2367". Places of
// different documents are separated by semicolons, those of one by commas; what stands after a place that is no place
// itself says where in it, and stays with it.
//
// A place of the specification that has no short name here is cited with its URL: "Appendices, Event IDs | https://…".
func Parse(cited string) []Place {
	var out []Place
	document := ""
	for _, part := range strings.Split(cited, "; ") {
		if title, url, ok := strings.Cut(part, " | "); ok {
			out = append(out, Place{title, specified(url)})
			continue
		}
		if issues := issuesOf(part); issues != nil {
			out = append(out, issues...)
			continue
		}
		named, places, found := strings.Cut(part, ": ")
		switch {
		case found && isDocument(named):
			document = named
		case isDocument(part):
			document, places = part, ""
		case document != "" && !strings.HasPrefix(part, "RFC ") && !found:
			places = part
		default:
			out = append(out, Place{Title: part, URL: rfc(part)})
			continue
		}
		out = append(out, in(document, places)...)
	}
	return out
}

// lazily compiles an expression when it is first asked: most runs of the program cite nothing.
func lazily(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// written are the URLs that may be written out: those of the specification, at its one version, and of proposals.
var written = lazily(`^(?:` + regexp.QuoteMeta(specification) + `|` + regexp.QuoteMeta(proposals) +
	`)[A-Za-z0-9_./#-]*$`)

// specified is a URL that is written out; empty where it leads elsewhere.
func specified(url string) string {
	if written().MatchString(url) {
		return url
	}
	return ""
}

// in are the places of one document.
func in(document, places string) []Place {
	if places == "" {
		return []Place{{Title: document, URL: page(document)}}
	}
	var out []Place
	for _, place := range strings.Split(places, ", ") {
		url := anchored(document, place)
		if n := len(out); n > 0 {
			last := &out[n-1]
			if url == "" { // says where in the last one
				last.Title += ", " + place
				if finer := anchored(document, strings.TrimPrefix(last.Title, document+": ")); finer != "" {
					last.URL = finer
				}
				continue
			}
		}
		out = append(out, Place{Title: document + ": " + place, URL: url})
	}
	return out
}

// anchored is the URL of a place; what it says in brackets, or after the name of the section, does not count.
func anchored(document, place string) string {
	name, _, _ := strings.Cut(place, " (")
	for _, name := range []string{place, name} {
		if anchor, ok := sections[kindOf(document)][name]; ok {
			page := pageOf(document, name)
			if only, ok := first[name]; ok && kindOf(document) == everyVersion && !slices.Contains(twice, page) {
				anchor = only
			}
			return page + "#" + anchor
		}
	}
	return ""
}

// issue is how issues and pull requests are cited, and projects as a whole.
var issue = lazily(`^([A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9][A-Za-z0-9._-]*)(?:#([0-9]+))?$`)

// issuesOf reads a list of issues; nil where it is something else.
func issuesOf(list string) []Place {
	var out []Place
	for _, name := range strings.Split(list, ", ") {
		m := issue().FindStringSubmatch(name)
		if m == nil {
			return nil
		}
		url := "https://github.com/" + m[1]
		if m[2] != "" {
			url += "/issues/" + m[2]
		}
		out = append(out, Place{Title: name, URL: url})
	}
	return out
}

// number is how RFCs are cited.
var number = lazily(`^RFC ([0-9]+)\b`)

func rfc(part string) string {
	if m := number().FindStringSubmatch(part); m != nil {
		return "https://www.rfc-editor.org/rfc/rfc" + m[1]
	}
	return ""
}

// isDocument reports whether a name is that of a part of the specification.
func isDocument(name string) bool { return page(name) != "" || name == draft }

// roomVersion is how a room version's page is cited, or those of several.
var roomVersion = lazily(`^room versions? ([0-9]+)(?:, [0-9]+)*(?: and [0-9]+)?$`)

// kindOf is the document whose sections a document has.
func kindOf(document string) string {
	if roomVersion().MatchString(document) {
		return everyVersion
	}
	return document
}

// page is the URL of a document; empty where it has none.
func page(document string) string {
	if m := roomVersion().FindStringSubmatch(document); m != nil {
		return specification + "rooms/v" + m[1] + "/"
	}
	if path, ok := pages[document]; ok {
		return specification + path
	}
	return ""
}

// pageOf is the URL of the page that has a section of a document. Where all room versions are meant, it is that of the
// newest that tells the section in full.
func pageOf(document, section string) string {
	if document == everyVersion {
		if i := slices.IndexFunc(inVersion, func(v sectionOf) bool { return v.section == section }); i >= 0 {
			return specification + "rooms/" + inVersion[i].version + "/"
		}
	}
	return page(document)
}
