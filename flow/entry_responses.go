package flow

import "doorstep/flow/verify"

// What a response holds is worked out once for all copies of its entry.

// Directory returns what a good answer of a directory server (A3) says.
func (e *Entry) Directory() *DirectoryAnswer {
	return parsed(e, func() *DirectoryAnswer { return readDirectory(e.Seq, e.Response.Body) })
}

// Template returns what a good answer to make_join (A5), or to make_leave (U2), holds.
func (e *Entry) Template() *verify.Template {
	return parsed(e, func() *verify.Template { return verify.ReadTemplate(e.Seq, e.Server, e.Response.Body) })
}

// Reply returns what a good answer to send_join (A7) holds.
func (e *Entry) Reply() *verify.Reply {
	return parsed(e, func() *verify.Reply { return verify.ReadReply(e.Seq, e.Server, e.Response.Body) })
}

// keys returns what an answer to a request for a key document gives, or why it gives nothing.
func (e *Entry) keys(h Header) *verify.ServerKeys {
	return parsed(e, func() *verify.ServerKeys { return verify.ReadKeys(e.fetched(h)) })
}

// fetched is an answer to a request for key documents.
func (e *Entry) fetched(h Header) verify.Fetched {
	return verify.Fetched{Seq: e.Seq, Server: e.Server, At: h.Created.Add(e.At), Failure: e.Failure, Response: e.Response}
}
