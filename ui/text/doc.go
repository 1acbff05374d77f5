// Package text tells a handshake as lines of text: no boxes, no colours, nothing that is overwritten.
package text
