// Package recording writes traces as JSON Lines, entry by entry as they happen, and reads them again. A reader of
// today reads every recording of version 1, however old.
package recording
