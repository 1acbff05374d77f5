package sandbox

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/shell"
)

// What the commands of a finding say when they are typed, by scenario: a part of what comes out, and the exit status.
var commandsSay = map[string]struct {
	status int
	says   string
}{
	"wrong-certificate":       {1, "ostname mismatch"},
	"incomplete-chain":        {1, "unable to get local issuer certificate"},
	"untrusted-authority":     {1, "unable to get local issuer certificate"},
	"certificate-expired":     {1, "certificate has expired"},
	"delegated-certificate":   {1, "ostname mismatch"},
	"html-answer":             {0, `"Doorstep sandbox"`}, // only make_join leads astray
	"endpoint-unrecognised":   {0, `"Doorstep sandbox"`},
	"wrong-destination":       {0, `"server_name"`},
	"wrong-server":            {0, `"resident.example"`},
	"wrong-vhost":             {0, "404 Not Found"},
	"misdirected":             {0, "421 Misdirected Request"},
	"no-tls":                  {0, "404 Not Found"},
	"tls-handshake-failed":    {1, "SSL routines"},
	"port-closed":             {7, ""},
	"well-known-broken":       {0, "Welcome"},
	"well-known-refused":      {0, "429 Too Many Requests"},
	"well-known-over-srv":     {0, `"matrix.resident.example:4443"`},
	"stale-well-known":        {0, "max-age=604800"},
	"key-document-other-name": {0, `"www.resident.example"`},
	"key-document-other-case": {0, `"Resident.example"`},
	"key-document-unsigned":   {0, `"changed by a proxy"`},
	"key-document-unusable":   {0, "Welcome"},
	"key-document-missing":    {0, "404 Not Found"},
	"key-document-expired":    {0, "1500000000000"},
	"own-certificate-refused": {1, "self-signed certificate"},
	"key-unreachable":         {0, `"server_name":"joining.example"`},
	"probe-own-key-differs":   {0, `"server_name":"joining.example"`},
}

// The commands of a finding are typed as they stand, at servers that still run, and show what the finding says.
func TestCommandsSayWhatTheFindingSays(t *testing.T) {
	for _, tool := range []string{"sh", "curl", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s here: the commands of findings are not typed", tool)
		}
	}
	for name, want := range commandsSay {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scenario(t, name)
			f, err := engine.Start(t.Context(), s, engine.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Stop()
			run, stop, err := f.Join(t.Context(), engine.JoinOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
			run.Finish(t.Context())
			first := diagnose.Findings(run.Trace(), flow.Fold(run.Trace()))[0]
			if first.ID != s.Finding || len(first.Try) == 0 {
				t.Fatalf("%s first, with the commands %q", first.ID, first.Try)
			}
			if len(commandWords(first.Try[0])) != len(commandWords(generic(t, first.ID)[0])) {
				t.Errorf("typed %q, in general %q", first.Try[0], generic(t, first.ID)[0])
			}
			authority := filepath.Join(t.TempDir(), "ca.pem")
			if err := os.WriteFile(authority, f.Authority.PEM(), 0o600); err != nil {
				t.Fatal(err)
			}
			out, status := typed(t, really(f, string(first.Try[0])), authority)
			if status != want.status || !strings.Contains(out, want.says) {
				t.Errorf("%s\nexit status %d, want %d with %q:\n%s", first.Try[0], status, want.status, want.says, out)
			}
		})
	}
}

func generic(t *testing.T, id string) []shell.Text {
	c, ok := diagnose.CauseOf(id)
	if !ok {
		t.Fatalf("no cause %s", id)
	}
	return c.Commands()
}

func commandWords(line shell.Text) []string { return strings.Fields(string(line)) }

// really puts the addresses at which the servers of a network really listen in place of those that the network has.
func really(f *engine.Federation, command string) string {
	if f.Network == nil {
		return command
	}
	for at, place := range f.Network.Places {
		to := f.Network.Refusing
		switch {
		case place.Web != nil:
			to = f.Network.Sites[at]
		case place.Server != "":
			to = f.Address(place.Server)
		}
		command = strings.ReplaceAll(command, at+"'", to+"'")
		command = strings.ReplaceAll(command, at+"/", to+"/")
	}
	for name, ip := range engine.ServerIPs { // where nothing was placed nothing listens
		if name != engine.JoiningName {
			command = strings.ReplaceAll(command, net.JoinHostPort(ip, "8448")+"'", f.Network.Refusing+"'")
		}
	}
	return command
}

// typed has a shell carry out a command, with an authority that it trusts.
func typed(t *testing.T, command, authority string) (out string, status int) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, "sh", "-c", command)
	c.Env = append(os.Environ(), "CURL_CA_BUNDLE="+authority, "SSL_CERT_FILE="+authority, "no_proxy=*")
	raw, err := c.CombinedOutput()
	if err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return string(raw), c.ProcessState.ExitCode()
}
