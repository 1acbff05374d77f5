package inspect

import (
	"cmp"

	"doorstep/flow/diagnose"
)

// The words of the catalogue are those of joins. Where they speak of one, a check has words of its own: nobody joins
// anything here. What is empty stays as it is in the catalogue.
type words struct{ title, cause, advice, apart string }

// reword fits the words of a finding to a check.
func reword(f *diagnose.Finding) {
	w := inCheck[f.ID]
	f.Title, f.Cause = cmp.Or(w.title, f.Title), cmp.Or(w.cause, f.Cause)
	f.Advice, f.Apart = cmp.Or(w.advice, f.Advice), cmp.Or(w.apart, f.Apart)
}

// Worded returns what the catalogue has of a finding in the words of a check; the zero value where it has none.
func Worded(id string) diagnose.Finding {
	c, ok := diagnose.CauseOf(id)
	if !ok {
		return diagnose.Finding{}
	}
	f := diagnose.Finding{ID: c.ID, Title: c.Title, Cause: c.Cause, Advice: c.Advice, Apart: c.Apart, Source: c.Source}
	reword(&f)
	return f
}

const (
	elsewhere   = "Dead from here only: `doorstep check NAME` from another network."
	withKey     = "`doorstep check NAME --key FILE` asks the same twice, signed, with escapes in the path and without."
	passFully   = "The server's administrator has to have all of /_matrix passed on to the homeserver, as it comes."
	passEscapes = "The server's administrator has to have encoded paths passed on as they come: in nginx no URI, not " +
		"even a slash, after the address in proxy_pass; in Apache AllowEncodedSlashes NoDecode and `nocanon`."
)

var inCheck = map[string]words{
	"name-not-found": {advice: "Check the spelling of the name, and whether the domain still is there."},
	"server-name-case": {
		cause: "DNS and certificates take capitals and small letters for the same, so the right server answers. " +
			"Homeservers compare server names byte for byte: a key document or a signature under a name with other " +
			"capitals belongs to somebody else as far as they are concerned.",
		apart: "The key document of the server says what it is called: its server_name is the spelling that counts.",
	},
	"private-address": {
		advice: "Let the name resolve to the public address. Where the server is meant for a private network, the other " +
			"servers have to allow the range: Synapse by ip_range_whitelist, Dendrite by federation_api.allow_networks " +
			"and deny_networks, tuwunel by ip_range_denylist. Here --allow-private does.",
	},
	"ipv6-only": {
		title: "The server has no IPv4 address",
		cause: "Everything its name leads to is IPv6. Servers without IPv6 have no way there, and a Dendrite with its " +
			"default federation_api.allow_networks refuses every IPv6 address, whatever its host has.",
		advice: "Add an IPv4 address.",
		apart:  "The A record of the name shows it, asked for from another network.",
	},
	"dead-address": {apart: elsewhere},
	"key-document-missing": {
		title: "The server does not give its keys",
		cause: "An error, or nothing, came in place of the key document. A proxy in front passes other paths on to the " +
			"homeserver and not /_matrix/key, or the worker that serves the keys is down. Nothing that server signed can " +
			"be checked.",
		advice: "The server's administrator has to have /_matrix/key passed on to the homeserver, as well as " +
			"/_matrix/federation.",
	},
	"key-document-expired": {
		cause: "Its valid_until_ts has passed, or is not there. What this server signs now can be checked by nobody who " +
			"fetches its keys now.",
	},
	"cdn-timeout": {
		cause: "A CDN, a network such as Cloudflare's, stands in front of the homeserver, and could not get the answer " +
			"from it, or cut it off. It has its own ideas of how long to wait, and of TLS towards the server.",
		advice: "The server's administrator has to lead federation past the network, with a well-known document that " +
			"names a host outside of it.",
	},
	"gateway-error": {
		cause: "A proxy, a load balancer or the edge of a CDN stands in front of the homeserver and gave this answer " +
			"itself. With 502, 503 or 504 it cannot reach the homeserver, or waits no longer; with 429 it limits requests; " +
			"with another status it will not pass this one on.",
		advice: "The server's administrator has to look whether the homeserver runs, where the proxy sends requests to, " +
			"and which it holds back.",
	},
	"endpoint-unrecognised": {
		cause: "M_UNRECOGNIZED is about the path: the request ended at a worker, or behind a proxy, that does not serve it.",
		advice: "The server's administrator has to have all of /_matrix/federation passed on, and with workers to the " +
			"right one.",
	},
	"rate-limited": {
		cause:  "It limits how much one server, or one address, may ask in a time.",
		advice: "Wait for as long as Retry-After or retry_after_ms says, and check again.",
		apart:  "A second check, later, is answered.",
	},
	"connection-closed": {
		advice: "Check again. If it lasts, the server's administrator has to look into the log of the homeserver, and of " +
			"what stands before it.",
		apart: "A second check, and one from another network, tell whether it always does.",
	},
	"escaped-path-refused": {
		cause: "This server answered as a homeserver a moment before, and something in front of it turns this request " +
			"away: its path has an escape that the other had not. What stands in paths here is always percent-encoded; " +
			"Apache refuses an encoded slash unless told otherwise, firewalls refuse others.",
		advice: passEscapes,
		apart:  "The body is no homeserver's JSON.",
	},
	"proxy-decodes-path": {
		cause: "A path with an escape in it arrives as another path than was sent: a reverse proxy decodes it on the way. " +
			"The signature of a request covers the path byte by byte, so that signed requests with escapes are refused.",
		advice: passEscapes,
		apart:  withKey,
	},
	"federation-denied": {
		cause:  "One of the two has a list of servers to federate with, or not to.",
		advice: "Ask the administrator of that server to admit yours.",
		apart:  "A check in the name of another server is not refused.",
	},
	"key-unreachable": {
		advice: "Make our server reachable under its name, from the other server's network: DNS or well-known, port 8448 " +
			"or the delegated one, certificate. For Doorstep, --listen takes the address that the name leads to.",
		apart: "If several servers refuse in this way, it is us. `doorstep check OUR_NAME` from outside shows what they " +
			"see. That no request for our key came says something only where our name leads to this listener, and the " +
			"server asks no notary.",
	},
	"signature-refused": {
		apart: "The row about escapes in signed paths tells a rewritten path; the key that our name leads to has to be " +
			"the one that signs. The clock has nothing to do with it: the signature holds no time.",
	},
	"authorization-malformed": {advice: "Tell the server's administrator which software it is about."},
	"misdirected":             {advice: passFully + " It has to accept the name that was used here as SNI and as Host."},
}
