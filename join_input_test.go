package main

import (
	"errors"
	"net"
	"os/exec"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// refusedCommand is "refused PATTERN ARGS...": doorstep with these arguments ends with exit code 2, prints nothing, and
// says one line on stderr that the pattern is found in and that a terminal can show.
func refusedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || neg {
		ts.Fatalf("usage: refused PATTERN ARGS...")
	}
	err := ts.Exec("doorstep", args[1:]...)
	said := ts.ReadFile("stderr")
	var exit *exec.ExitError
	switch {
	case !errors.As(err, &exit) || exit.ExitCode() != 2:
		ts.Fatalf("it ended with %v, not with exit code 2; it said %q", err, said)
	case ts.ReadFile("stdout") != "":
		ts.Fatalf("it printed %q", ts.ReadFile("stdout"))
	case !strings.HasPrefix(said, "doorstep: ") || strings.Index(said, "\n") != len(said)-1 || strings.Contains(said, "\x1b"):
		ts.Fatalf("that is no one line of doorstep's: %q", said)
	case !regexp.MustCompile(args[0]).MatchString(said):
		ts.Fatalf("it said %q, without %s", said, args[0])
	}
}

// occupiedCommand is "occupied NAME": listens on a free port until the script ends, and sets NAME to its address.
func occupiedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: occupied NAME")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv(args[0], l.Addr().String())
}
