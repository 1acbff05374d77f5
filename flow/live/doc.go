// Package live runs a handshake with real servers: it carries out the steps that flow calls for, over the network, and
// appends what was seen to a trace; our listener appends what reaches us.
package live
