package diagnose

import (
	"net"
	"net/netip"

	"doorstep/client"
	"doorstep/flow"
)

// ourPlace is what is known of where our own name leads.
type ourPlace string

const (
	placeUnknown   ourPlace = ""
	placeHere      ourPlace = "here"      // to this listener
	placeElsewhere ourPlace = "elsewhere" // to another: what is asked there does not reach us
	placeNowhere   ourPlace = "nowhere"
)

// ourPlace says where our own name leads: in the sandbox to us; otherwise as our own resolver found it.
func (v *view) ourPlace() ourPlace {
	if v.Header.Source == "sandbox" {
		return placeHere
	}
	for i := range v.trace.Entries {
		d := v.trace.Entries[i].Discovery
		switch {
		case d == nil || d.Server != v.Header.Joining:
		case len(d.Destinations) == 0:
			return placeNowhere
		case flow.LeadsTo(d.Destinations, v.Header.Listen):
			return placeHere
		default:
			return placeElsewhere
		}
	}
	name, err := client.ParseServerName(v.Header.Joining)
	if err != nil || !name.IP.IsValid() || v.Header.Listen == "" {
		return placeUnknown
	}
	port := "8448"
	if name.HasPort {
		_, port, _ = net.SplitHostPort(name.Name)
	}
	if flow.LeadsTo([]client.Destination{{Address: net.JoinHostPort(name.Host, port)}}, v.Header.Listen) {
		return placeHere
	}
	return placeElsewhere
}

// ourAddresses returns the addresses that our own name leads to, as far as they are known.
func (v *view) ourAddresses() []netip.Addr {
	var out []netip.Addr
	for i := range v.trace.Entries {
		d := v.trace.Entries[i].Discovery
		if d == nil || d.Server != v.Header.Joining {
			continue
		}
		for _, to := range d.Destinations {
			if a, err := netip.ParseAddrPort(to.Address); err == nil {
				out = append(out, a.Addr())
			}
		}
	}
	if name, err := client.ParseServerName(v.Header.Joining); err == nil && name.IP.IsValid() && out == nil {
		out = append(out, name.IP)
	}
	return out
}

// ourSearch returns the search for our own name, by Seq; none where there was none.
func (v *view) ourSearch() []int {
	for i := range v.trace.Entries {
		if e := &v.trace.Entries[i]; e.Discovery != nil && e.Discovery.Server == v.Header.Joining {
			return []int{e.Seq}
		}
	}
	return nil
}
