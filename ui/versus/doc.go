// Package versus is the screen that compares two handshakes: a table of what each did and in what that differs, and the
// fields that differ of the row under the cursor.
package versus
