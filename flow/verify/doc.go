// Package verify checks what comes back in the remote join handshake: the protoevent of make_join, field by field;
// the response to send_join, event by event; key documents; and our own join, which the authorisation rules are asked
// about.
//
// It knows nothing of a trace. It is given what there is to look at (Asked, Input) and says of every claim what was
// looked at: a check starts as not checked, and a pass is earned. Verify is a pure function and fetches nothing.
package verify
