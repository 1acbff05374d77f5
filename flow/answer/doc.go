// Package answer changes an answer of a server of ours before it is given: what would be answered as a draft, which
// somebody edits as text or a ready mutation changes. It answers nobody.
package answer
