package engine

import (
	"slices"

	"doorstep/client"
)

// hostOf is the host of a server name, which certificates and access lists are about; a name that is none stays.
func hostOf(name string) string {
	if parsed, err := client.ParseServerName(name); err == nil {
		return parsed.Host
	}
	return name
}

// hosts are the hosts of server names, each once.
func hosts(names []string) []string {
	var out []string
	for _, name := range names {
		if host := hostOf(name); !slices.Contains(out, host) {
			out = append(out, host)
		}
	}
	return out
}
