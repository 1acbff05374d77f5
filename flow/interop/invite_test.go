package interop

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/client/freeport"
	"doorstep/flow/interop/homeserver"
)

// A homeserver invites us, and we join from its invite, or reject it: afterwards it says what became of our user. One
// version of each form of events.
func TestJoinsAndRejectsInvites(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			alice := s.Register(t, "alice")
			for _, version := range []string{"1", "2", "6", "10", "11", "12"} {
				t.Run("version "+version, func(t *testing.T) {
					j := newJoiner(t, authority)
					room := alice.CreateRoom(t, homeserver.Room{Version: version, Preset: "private_chat"})
					file, flags := recordedHere(t, software, "wait-invite-v"+version+".jsonl")
					r := j.waits(t, flags, func() { alice.Invite(t, room, j.user()) })
					joined(t, r, room, version)
					isInvitedBy(t, r, alice, version)
					if got := alice.Membership(t, room, j.user()); got != "join" {
						t.Errorf("on %s the membership of %s is %q, want join", software, j.user(), got)
					}
					verifyStrictly(t, file)
				})
				t.Run("version "+version+" rejected", func(t *testing.T) {
					j := newJoiner(t, authority)
					room := alice.CreateRoom(t, homeserver.Room{Version: version, Preset: "private_chat"})
					flags := append(recordedAs(software, "reject-invite-v"+version+".jsonl"), "--reject")
					r := j.waits(t, flags, func() { alice.Invite(t, room, j.user()) })
					if r.Outcome != "verified" || r.ExitCode != 0 || !r.Rejected || r.RoomID != room || r.EventID != "" {
						t.Errorf("outcome %s, exit code %d, rejected %t, room %s, joined by %q", r.Outcome, r.ExitCode, r.Rejected,
							r.RoomID, r.EventID)
					}
					isInvitedBy(t, r, alice, version)
					if got := alice.Membership(t, room, j.user()); got != "leave" {
						t.Errorf("on %s the membership of %s is %q, want leave", software, j.user(), got)
					}
				})
			}
		})
	}
}

// isInvitedBy fails the test unless a report tells of that invite.
func isInvitedBy(t *testing.T, r report, by *homeserver.User, version string) {
	t.Helper()
	if r.Invite.Sender != by.ID || r.Invite.RoomVersion != version {
		t.Errorf("the invite is of %q, version %q; want %s, %s", r.Invite.Sender, r.Invite.RoomVersion, by.ID, version)
	}
	if !t.Failed() {
		return
	}
	for _, s := range r.Steps {
		t.Logf("step %s %s %s %s: %d %s %s", s.ID, s.Kind, s.From, s.Server, s.Status, s.Errcode, s.Error)
	}
}

// Where our server does not know today's form of invites, a homeserver sends one to a room of the first versions in the
// form that they had, and we take that.
func TestIsInvitedInTheFirstForm(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			alice := s.Register(t, "alice")
			for _, version := range []string{"1", "2"} {
				t.Run("version "+version, func(t *testing.T) {
					j := newJoiner(t, authority)
					listen := j.knowsNoV2Invites(t)
					room := alice.CreateRoom(t, homeserver.Room{Version: version, Preset: "private_chat"})
					flags := append(recordedAs(software, "wait-invite-form1-v"+version+".jsonl"), "--listen", listen)
					r := j.waits(t, flags, func() { alice.Invite(t, room, j.user()) })
					joined(t, r, room, version)
					if r.Invite.Form != "v1" || r.Invite.Sender != alice.ID {
						t.Errorf("the invite is %+v, want one in the form v1", r.Invite)
					}
					if got := alice.Membership(t, room, j.user()); got != "join" {
						t.Errorf("on %s the membership of %s is %q, want join", software, j.user(), got)
					}
				})
			}
		})
	}
}

// knowsNoV2Invites puts something before our listener that does not know version 2 of the endpoint for invites, and
// returns where our listener is to listen.
func (j joiner) knowsNoV2Invites(t *testing.T) (listen string) {
	t.Helper()
	listen = fmt.Sprintf("127.0.0.1:%d", freeport.Port(t))
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "https", Host: listen})
	proxy.Transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
	certificate, err := tls.LoadX509KeyPair(j.certificate, j.key)
	if err != nil {
		t.Fatal(err)
	}
	front := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/_matrix/federation/v2/invite/") {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"errcode":"M_UNRECOGNIZED","error":"Unrecognized request"}`)
			return
		}
		proxy.ServeHTTP(w, r)
	})}
	l, err := tls.Listen("tcp", j.name, &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		t.Fatal(err)
	}
	go front.Serve(l)
	t.Cleanup(func() { front.Close() })
	return listen
}

// waits runs the program so that it waits for an invite, does something once it listens, and returns what it says.
func (j joiner) waits(t *testing.T, flags []string, then func()) report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	args := append(append(j.args("", "--json"), "--wait-invite=60s"), flags...)
	args = append(args[:1], args[2:]...) // no room
	cmd := exec.CommandContext(ctx, program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // the exit code is in the report
	}()
	at := j.name
	if i := slices.Index(flags, "--listen"); i >= 0 {
		at = flags[i+1]
	}
	for {
		c, err := net.Dial("tcp", at)
		if err == nil {
			c.Close()
			break
		}
		select {
		case <-ended: // it does so when ctx ends, too
			t.Fatalf("it never listened: %s%s", stdout.Bytes(), stderr.Bytes())
		case <-time.After(20 * time.Millisecond):
		}
	}
	then()
	<-ended
	var r report
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatalf("doorstep %v: %v\n%s%s", args, err, stdout.Bytes(), stderr.Bytes())
	}
	if got := cmd.ProcessState.ExitCode(); got != r.ExitCode {
		t.Errorf("exit code %d, and %d in the JSON", got, r.ExitCode)
	}
	return r
}
