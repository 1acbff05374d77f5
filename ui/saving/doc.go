// Package saving is the menu of what a handshake can be written as, and the writing: the recording and every form of
// ui/document, redacted or as it is, into a file. A file that is there is kept unless somebody agrees to its end.
package saving
