package freeport

import (
	"net"
	"testing"
)

// What is found can be listened at, is none that the system chooses, and is never found again.
func TestFind(t *testing.T) {
	seen := map[int]bool{}
	for range 100 {
		port, err := Find()
		if err != nil {
			t.Fatal(err)
		}
		if port < first || port > last || seen[port] {
			t.Errorf("%d: out of range, or given before", port)
		}
		seen[port] = true
	}
	l, err := net.Listen("tcp", Address(t))
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}
