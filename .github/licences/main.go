// Licences tells under which licences the modules are that Doorstep is built of and tested with. It is a module of its
// own, so that what recognises licences is no dependency of the program.
//
//	go run . table    rows for the table of ../DEPENDENCIES.md
//	go run . texts    the licences of what is in the program, which go with it where it is distributed
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 || args[0] != "table" && args[0] != "texts" {
		return fmt.Errorf("usage: licences table | texts")
	}
	all, err := modules("../..")
	if err != nil {
		return err
	}
	if args[0] == "texts" {
		return texts(os.Stdout, all)
	}
	_, err = os.Stdout.WriteString(table(all))
	return err
}
