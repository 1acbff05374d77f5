// Package interop runs the built program against homeservers written elsewhere. Its folders hold what that takes and
// what else Doorstep is compared with; README.md says how to run it and what was found.
package interop
