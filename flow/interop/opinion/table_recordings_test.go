//go:build goexperiment.jsonv2

package opinion

// recordingDisagreements are those met in recorded handshakes.
var recordingDisagreements = []*row{
	{library: gms, questions: []question{selection}, versions: everyVersion, subjects: everySubject,
		when: func(d difference) bool { return d.subject.event.Type() == "m.room.aliases" },
		spec: "server-server, Auth events selection: makes no exception for m.room.aliases; it lists the create event alone"},
	{library: gms, questions: []question{verdict}, versions: "8-12", answer: "allow", subjects: everySubject,
		// the join as we sent it, before the resident signed
		when: func(d difference) bool { return d.subject.verdict().Rule == "4.2.1" },
		spec: "rooms/v8, Authorisation rules, 4.2.1: it leaves the authorising server's signature to another function"},
	{library: gms, questions: []question{claimedHash, eventID, isFormed, selection, signing, verdict}, versions: "1-1",
		subjects: []string{"hostile"},
		spec: "appendices, Canonical JSON: control characters are escaped; it writes keys without their escapes, and reads " +
			"no event of it"},
	{library: mx, questions: bytesOf, versions: "1-2", subjects: []string{"synapse-*"}, optional: true,
		spec: "server-server, Signing events: auth_events and prev_events are signed as they stand; it writes {} next to " +
			"an ID as {\"sha256\":\"\"}"},
	{library: gms, questions: []question{verdict}, versions: everyVersion, answer: "reject",
		subjects: []string{"synapse-user-*"}, optional: true,
		spec: "appendices, Historical User IDs: any code point but : and NUL is accepted; it still goes by the printing " +
			"characters of ASCII"},
}
