//go:build !unix

package host

import "os/exec"

func inGroup(*exec.Cmd) {}

func signalOf(*exec.ExitError) string { return "" }
