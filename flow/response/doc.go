// Package response reads what a response says when it is no success: whose word it is (a homeserver's, a gateway's, a
// web server's), its errcode and text, and by what words homeservers refuse for one reason or another.
package response
