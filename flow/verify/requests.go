package verify

import (
	"fmt"
	"mime"
	"net/url"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// CheckRequest looks at a request of a joining server as its hosts received it: who it says it is from, and how it is
// put. earlier are the requests before it. Spec: server-server, Request Authentication; Joining Rooms.
func CheckRequest(r Received, from Joiner, earlier []Received) []Check {
	k := collector{subject: r.subject(), seq: r.Seq, all: true, tally: &tally{}}
	if len(r.Request.Header) == 0 {
		for _, kind := range []Kind{KindRequestAuthorization, KindRequestDestination, KindRequestSignature} {
			k.unchecked(kind, "", "what the header of the request held is not known")
		}
	} else {
		examineAuthorization(&k, r, from)
		examineContentType(&k, r)
	}
	examineEndpoint(&k, r, earlier)
	examineEscapes(&k, r)
	_, names := client.EndpointOf(r.Request.Method, r.Request.Target)
	if len(names) == 2 {
		examineOrigin(&k, r, from, names)
		examineRequestRoom(&k, r, from, names)
	}
	return k.checks
}

// authorizations are the values of the Authorization fields of a request.
func authorizations(r *client.Request) []string {
	var out []string
	for _, f := range r.Header {
		if strings.EqualFold(f.Name, "Authorization") {
			out = append(out, f.Value)
		}
	}
	return out
}

func examineAuthorization(k *collector, r Received, from Joiner) {
	x, fault, why := readAuthorization(r.Request)
	if fault != "" {
		k.fail(KindRequestAuthorization, fault, "", why)
		k.unchecked(KindRequestDestination, "", "not looked at: "+why)
		k.unchecked(KindRequestSignature, "", "not looked at: "+why)
		return
	}
	k.pass(KindRequestAuthorization, "", func() string {
		return fmt.Sprintf("X-Matrix of %s, by its key %s", wording.Name(x.Origin), wording.Name(x.Key))
	})
	switch x.Destination {
	case r.Server:
		k.pass(KindRequestDestination, "", func() string { return "it names " + wording.Name(r.Server) })
	case "":
		k.fail(KindRequestDestination, DestinationMissing, "",
			"the header has no destination: since version 1.3 of the specification a sender has to name it")
	default:
		k.fail(KindRequestDestination, DestinationOther, "", fmt.Sprintf("the header names %s; %s was asked",
			wording.Name(x.Destination), wording.Name(r.Server)))
	}
	examineRequestSignature(k, r, from, x)
}

// readAuthorization reads the X-Matrix header of a request, or says why there is none that can be read.
func readAuthorization(r *client.Request) (x client.XMatrix, f Fault, why string) {
	all := authorizations(r)
	if len(all) == 0 {
		return x, AuthorizationMissing, "there is no Authorization header"
	}
	for _, value := range all {
		scheme, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		if !strings.EqualFold(scheme, "X-Matrix") {
			continue
		}
		x, err := client.ParseXMatrix(value)
		if err != nil {
			return x, AuthorizationMalformed, "the X-Matrix header cannot be read: " + wording.Clip(err.Error())
		}
		return x, "", ""
	}
	return x, AuthorizationOther, "the Authorization header is not of the scheme X-Matrix"
}

// examineRequestSignature tells what the server that was asked made of the signature. Nobody else can: no trace holds
// it.
func examineRequestSignature(k *collector, r Received, from Joiner, x client.XMatrix) {
	keys := from.Keys.Of(x.Origin)
	switch a := r.Auth; {
	case a == nil:
		k.unchecked(KindRequestSignature, "", "no trace holds the signature, and nobody who saw it says what it is worth")
	case a.Reason == "":
		k.pass(KindRequestSignature, "", func() string {
			return fmt.Sprintf("it verifies with the key %s of %s", wording.Name(x.Key), wording.Name(x.Origin))
		})
	case a.Reason == client.AuthSignature:
		k.fail(KindRequestSignature, BadSignature, "", fmt.Sprintf("it does not verify with the key %s of %s: what was "+
			"signed is not method, target, origin, destination and body as they came", wording.Name(x.Key),
			wording.Name(x.Origin)))
	case a.Reason == client.AuthUnknownKey && keys.Known():
		k.fail(KindRequestSignature, KeyUnpublished, "", fmt.Sprintf("%s publishes no key %s: its document lists %s",
			wording.Name(x.Origin), wording.Name(x.Key), published(keys)))
	case a.Reason == client.AuthUnknownKey:
		k.fail(KindRequestSignature, KeyUnavailable, "", fmt.Sprintf("the keys of %s could not be had: %s",
			wording.Name(x.Origin), wording.Clip(a.Detail)))
	default:
		k.unchecked(KindRequestSignature, "", "not looked at: "+wording.Clip(a.Detail))
	}
}

func examineContentType(k *collector, r Received) {
	if len(r.Request.Body) == 0 {
		return
	}
	value := client.FieldOf(r.Request.Header, "Content-Type")
	media, _, err := mime.ParseMediaType(value)
	switch {
	case value == "":
		k.fail(KindRequestContentType, ContentTypeMissing, "", "there is no Content-Type")
	case err != nil || media != "application/json":
		k.fail(KindRequestContentType, ContentTypeOther, "", fmt.Sprintf("Content-Type is %s, not application/json",
			wording.Quote(value)))
	default:
		k.pass(KindRequestContentType, "", func() string { return "Content-Type is " + wording.Clip(value) })
	}
}

// examineEndpoint checks which of the two endpoints a join was sent to.
func examineEndpoint(k *collector, r Received, earlier []Received) {
	switch r.Request.Endpoint {
	case client.SendJoinV2:
		k.pass(KindRequestEndpoint, "", func() string { return "the v2 endpoint" })
		return
	case client.SendJoinV1:
	default:
		return
	}
	for _, e := range slices.Backward(earlier) {
		if e.Request.Endpoint != client.SendJoinV2 || e.Server != r.Server {
			continue
		}
		switch {
		case e.Answer == nil:
			k.warn(KindRequestEndpoint, OldEndpointAfter, "", "the endpoint of v1, after v2 gave no answer")
		case unknownEndpoint(e.Answer):
			k.pass(KindRequestEndpoint, "", func() string {
				return fmt.Sprintf("the endpoint of v1, after v2 was answered %d", e.Answer.Status)
			})
		default:
			k.warn(KindRequestEndpoint, OldEndpointAfter, "", fmt.Sprintf("the endpoint of v1, after v2 was answered %d: "+
				"that does not say that v2 is unknown", e.Answer.Status))
		}
		return
	}
	k.warn(KindRequestEndpoint, OldEndpointFirst, "", "the endpoint of v1, and v2 was not tried before")
}

// unknownEndpoint reports whether an answer says that there is no such endpoint.
// Spec: server-server, Unsupported endpoints.
func unknownEndpoint(r *client.Response) bool {
	errcode, _ := event.GetString(r.Body, "errcode")
	return r.Status == 404 || r.Status == 405 || r.Status == 400 && errcode == "M_UNRECOGNIZED"
}

// examineEscapes checks how the IDs in the path are escaped. What a path may hold says RFC 3986, section 3.3.
func examineEscapes(k *collector, r Received) {
	path, _, _ := strings.Cut(r.Request.Target, "?")
	if !strings.HasPrefix(path, "/_matrix/") {
		k.unchecked(KindRequestEscapes, "", "the path is none of the federation's")
		return
	}
	for _, segment := range strings.Split(path, "/") {
		if at := strings.IndexFunc(segment, notInPath); at >= 0 {
			k.fail(KindRequestEscapes, EscapesMissing, "", fmt.Sprintf("%s holds %q, which has to be escaped in a path",
				wording.Name(segment), segment[at:at+1]))
			return
		}
		once, err := url.PathUnescape(segment)
		if err != nil {
			k.fail(KindRequestEscapes, EscapesMissing, "", fmt.Sprintf("%s holds a percent sign that begins no escape",
				wording.Name(segment)))
			return
		}
		if twice, err := url.PathUnescape(once); err == nil && twice != once && begunBySigil(twice) && !begunBySigil(once) {
			k.fail(KindRequestEscapes, EscapedTwice, "", fmt.Sprintf("%s is escaped twice: once it is %s",
				wording.Name(segment), wording.Name(once)))
			return
		}
	}
	k.pass(KindRequestEscapes, "", func() string { return "every part of the path is escaped as a path needs it" })
}

func notInPath(c rune) bool {
	return c <= ' ' || c > '~' || strings.ContainsRune("\"<>[]\\^`{|}#?", c)
}

func begunBySigil(s string) bool { return s != "" && strings.ContainsRune("!#$@", rune(s[0])) }

// examineOrigin checks that the server that asks speaks for the user. names are what the path names.
func examineOrigin(k *collector, r Received, from Joiner, names []string) {
	user := names[1]
	if r.Request.Endpoint != client.MakeJoin {
		user, _ = event.GetString(r.Request.Body, "sender")
	}
	origin := from.Server
	if x, fault, _ := readAuthorization(r.Request); fault == "" {
		origin = x.Origin
	}
	if got := client.Domain(user); got != origin {
		k.fail(KindRequestOrigin, UserOfAnother, "", fmt.Sprintf("%s asks for %s, a user of another server",
			wording.Name(origin), wording.Name(user)))
		return
	}
	k.pass(KindRequestOrigin, "", func() string { return wording.Name(user) + " is on " + wording.Name(origin) })
}

// examineRequestRoom checks that the room in the path is the one the handshake is about, and that of the event.
func examineRequestRoom(k *collector, r Received, from Joiner, names []string) {
	room := names[0]
	inEvent, sent := event.GetString(r.Request.Body, "room_id")
	switch {
	case from.RoomID != "" && room != from.RoomID:
		k.fail(KindRequestRoom, OtherRoom, "", fmt.Sprintf("the path names %s; the room is %s", wording.Name(room),
			wording.Name(from.RoomID)))
	case sent && inEvent != room:
		k.fail(KindRequestRoom, OtherRoom, "/room_id", fmt.Sprintf("the path names %s, the event %s", wording.Name(room),
			wording.Name(inEvent)))
	case from.RoomID == "":
		k.unchecked(KindRequestRoom, "", "which room was found is not known")
	default:
		k.pass(KindRequestRoom, "", func() string { return "the path names " + wording.Name(room) })
	}
}

// CheckOffer looks at the room versions that a make_join offers; version is that of the room, empty where it is not
// known. Spec: server-server, GET make_join (ver).
func CheckOffer(r Received, version string) []Check {
	k := collector{subject: r.subject(), seq: r.Seq, all: true, tally: &tally{}}
	offered := client.QueryOf(r.Request.Target)["ver"]
	said := "it offers " + wording.List(offered)
	counts := offered
	if len(offered) == 0 {
		counts, said = []string{"1"}, "it offers none, which means version 1"
	}
	switch {
	case version == "":
		k.unchecked(KindVersionOffered, "", "the room's version is not known")
	case slices.Contains(counts, version):
		k.pass(KindVersionOffered, "", func() string { return said })
	case len(offered) == 0:
		k.fail(KindVersionOffered, NoVersions, "", said+"; the room is of version "+wording.Name(version))
	default:
		k.fail(KindVersionOffered, VersionNotOffered, "", said+"; the room is of version "+wording.Name(version))
	}
	examineOffered(&k, offered)
	return k.checks
}

func examineOffered(k *collector, offered []string) {
	if len(offered) == 0 {
		k.unchecked(KindVersionsKnown, "", "none is offered")
		return
	}
	var unknown []string
	for i, v := range offered {
		if slices.Contains(offered[:i], v) {
			k.warn(KindVersionsKnown, VersionTwice, "", "version "+wording.Name(v)+" is offered twice")
			return
		}
		if _, known := event.Lookup(v); !known {
			unknown = append(unknown, v)
		}
	}
	if len(unknown) > 0 {
		k.warn(KindVersionsKnown, VersionUnknown, "", "not of the specification's versions 1 to 12: "+wording.List(unknown))
		return
	}
	k.pass(KindVersionsKnown, "", func() string {
		return wording.Count(len(offered), "version") + " of the specification"
	})
}
