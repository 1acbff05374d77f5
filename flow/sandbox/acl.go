package sandbox

import (
	"regexp"
	"strings"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// deniedByACL refuses a server that the room's access list denies.
// Spec: server-server, Server Access Control Lists (ACLs).
func (s *server) deniedByACL(roomID, server string) *Reply {
	room := s.federation.Room
	if roomID != room.id || allowedBy(room.now()[auth.Tuple{Type: "m.room.server_acl"}], server) {
		return nil
	}
	return refuse(403, "M_FORBIDDEN", "Server is banned from room")
}

// allowedBy reports whether an access list lets a server in; without a list every server is let in, and a list that allows
// nobody lets nobody in.
func allowedBy(acl *event.Event, server string) bool {
	if acl == nil {
		return true
	}
	name, err := client.ParseServerName(server)
	if err != nil {
		return false
	}
	if literals, _ := acl.Content("allow_ip_literals"); string(literals) == "false" && name.IsIP() {
		return false
	}
	return !anyMatches(acl, "deny", name.Host) && anyMatches(acl, "allow", name.Host)
}

// anyMatches reports whether one of the patterns at key matches host: "*" stands for any text, "?" for any character,
// letter case does not count.
func anyMatches(acl *event.Event, key, host string) bool {
	raw, _ := acl.Content(key)
	patterns, _ := event.Elements(raw) // none, if it is no list
	for _, p := range patterns {
		glob, ok := event.String(p)
		if !ok {
			continue
		}
		expr := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(glob))
		if re, err := regexp.Compile("^(?is:" + expr + ")$"); err == nil && re.MatchString(host) {
			return true
		}
	}
	return false
}
