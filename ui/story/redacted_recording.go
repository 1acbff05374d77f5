package story

// notOfRedacted is why a signature or a hash in a redacted recording has no verdict.
const notOfRedacted = "not checked: the recording is redacted, and what stands here is no longer what it was"

// redacted reports whether the recording is redacted: no signature and no hash in it can be checked.
func (s *Scene) redacted() bool { return s.State.Header.Redacted != nil }
