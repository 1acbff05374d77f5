// Package pane draws what the panes of the screen show: documents, prose, the explained diff, and the events of an
// answer with the pages opened from them. A pane knows its size and its cursor, and nothing of keys.
package pane
