// Doorstep is a terminal inspector of the Matrix federation remote join handshake. It runs a real handshake one step at
// a time, draws it as a sequence diagram while it happens, shows every payload, and says why a join failed.
package main

import (
	"os"

	_ "doorstep/ui/background" // before Bubble Tea: keeps it from asking the terminal for its colours at start
	"doorstep/ui/command"
)

func main() {
	os.Exit(command.Run(os.Args[1:], os.Stdout, os.Stderr))
}
