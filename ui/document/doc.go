// Package document tells a handshake in forms that leave the terminal: a Mermaid diagram, a picture, a page, Markdown.
// All of them are written from one [Document], which is made from the trace; none reads what another wrote.
//
// Whatever servers sent is made drawable, and bounded in size, as it comes into a Document. A writer escapes it for its
// own form all the same.
package document
