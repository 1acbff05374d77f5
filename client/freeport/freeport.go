// Package freeport finds ports for tests: a port that is free now and stays so until whoever it is meant for takes it.
// A port that the system chose and that was closed again does not stay free: any listener at port 0, and any outgoing
// connection of another test, may get it meanwhile.
package freeport

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
)

// The ports between first and last are chosen by nobody but us: systems choose from 32768 on (Linux) or from 49152 on.
const (
	first = 12000
	last  = 31999
)

// given are the ports that Find has returned.
var given sync.Map

// Find returns a port of 127.0.0.1 that nobody listened at a moment ago, for TCP and for UDP. It returns none twice:
// homeservers remember for long who had a name.
func Find() (int, error) {
	for range 1000 {
		port := first + rand.IntN(last-first+1)
		address := fmt.Sprintf("127.0.0.1:%d", port)
		l, err := net.Listen("tcp4", address)
		if err != nil {
			continue
		}
		l.Close()
		p, err := net.ListenPacket("udp4", address)
		if err != nil {
			continue
		}
		p.Close()
		if _, was := given.LoadOrStore(port, true); !was {
			return port, nil
		}
	}
	return 0, errors.New("no port is free")
}

// Port is what Find returns; it ends the test where there is none.
func Port(t testing.TB) int {
	t.Helper()
	port, err := Find()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// Address is 127.0.0.1 with what Port returns.
func Address(t testing.TB) string {
	t.Helper()
	return fmt.Sprintf("127.0.0.1:%d", Port(t))
}
