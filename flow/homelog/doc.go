// Package homelog finds remote joins in a homeserver's own log, Synapse's or Dendrite's, and makes traces of them: of
// the requests and answers that the log tells of, with gaps where it tells of none. A log has no header fields, hardly
// ever a body, and no word on TLS: nothing of what it tells can be checked.
package homelog
