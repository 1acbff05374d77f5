package host

import "strconv"

// signalName is the name of a signal by its number, as far as it has one that everybody knows.
func signalName(n int) string {
	if name, ok := map[int]string{1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 6: "SIGABRT", 9: "SIGKILL", 11: "SIGSEGV",
		13: "SIGPIPE", 15: "SIGTERM"}[n]; ok {
		return name
	}
	return "signal " + strconv.Itoa(n)
}
