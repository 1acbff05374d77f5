package lab

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/client/freeport"
)

var now = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)

// What ends soon is neither used nor thrown away in silence, and by force the authority is made anew only then.
func TestCertifyLater(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "lab")
	first, err := Certify(dir, nil, now, false)
	if err != nil {
		t.Fatal(err)
	}
	again := func(at time.Time, force bool) (Certificates, error) { return Certify(dir, nil, at, force) }
	if c, err := again(first.Issued[0].Until.Add(-2*leastLeft), false); err != nil || c.Made || c.Issued[0].Made {
		t.Errorf("while both are good: %v, %+v", err, c)
	}
	for _, c := range []struct {
		after time.Duration
		says  string
		made  bool
	}{{certificateLife, "expired", false}, {authorityLife, "the authority in", true}} {
		if _, err := again(now.Add(c.after), false); err == nil || !strings.Contains(err.Error(), c.says) ||
			!strings.Contains(err.Error(), "--force") {
			t.Errorf("after %v: %v", c.after, err)
		}
		got, err := again(now.Add(c.after), true)
		if err != nil || got.Made != c.made || !got.Issued[0].Made {
			t.Errorf("by force after %v: %v, %+v", c.after, err, got)
		}
	}
	// A certificate never outlives its authority.
	late := now.Add(2 * authorityLife).Add(-2 * leastLeft)
	c, err := Certify(dir, []string{"late.example"}, late, false)
	if err != nil || c.Issued[0].Until.After(now.Add(2*authorityLife)) {
		t.Errorf("%v, %+v", err, c)
	}
}

// A lab whose certificates have run out says so, and by force gets new ones; what is good is kept even then.
func TestWriteLater(t *testing.T) {
	t.Parallel()
	o := Options{Software: "dendrite", Folder: filepath.Join(t.TempDir(), "lab"), Port: freeport.Port(t), Now: now}
	s, err := Write(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		made  bool
	}{{0, false}, {certificateLife, true}} {
		was, err := os.ReadFile(s.Serves.File)
		if err != nil {
			t.Fatal(err)
		}
		o.Now, o.Force = now.Add(c.after), true
		if _, err := Write(o); err != nil {
			t.Errorf("after %v: %v", c.after, err)
		}
		is, err := os.ReadFile(s.Serves.File)
		if err != nil || bytes.Equal(was, is) == c.made {
			t.Errorf("after %v: the certificate was made anew: %t, %v", c.after, !c.made, err)
		}
	}
}

// The files serve TLS to whoever trusts the authority, by every name of this machine, and to nobody else.
func TestCertificatesServe(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "lab")
	c, err := Certify(dir, []string{"hs.example"}, time.Now(), false)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(c.Issued[0].File, c.Issued[0].Key)
	if err != nil {
		t.Fatal(err)
	}
	root, err := folder{dir}.readAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	other, err := client.NewRoot(time.Now(), authorityName, authorityLife)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = c.(*tls.Conn).Handshake(); c.Close() }()
		}
	}()
	for _, who := range []struct {
		name  string
		by    *client.Authority
		works bool
	}{{"hs.example", root, true}, {"localhost", root, true}, {"127.0.0.1", root, true}, {"::1", root, true},
		{"other.example", root, false}, {"hs.example", other, false}} {
		conn, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{ServerName: who.name, RootCAs: who.by.Pool()})
		if (err == nil) != who.works {
			t.Errorf("%s: %v", who.name, err)
		}
		if err == nil {
			conn.Close()
		}
	}
}

// Whatever is in a folder's way is refused, and the modes are those of secrets, whatever the umask.
func TestFiles(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes and links are otherwise on Windows")
	}
	f, err := openFolder(filepath.Join(t.TempDir(), "new", "lab"))
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(f.path); err != nil || info.Mode().Perm() != folderMode {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := f.write("a", secretMode, []byte("1"), false); err != nil {
		t.Fatal(err)
	}
	if err := f.write("a", secretMode, []byte("2"), false); err == nil {
		t.Error("a file is overwritten without force")
	}
	target := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.WriteFile(target, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, f.file("link")); err != nil {
		t.Fatal(err)
	}
	for _, force := range []bool{false, true} {
		if err := f.write("link", secretMode, []byte("2"), force); err == nil || !strings.Contains(err.Error(), "is a link") {
			t.Errorf("force %t: %v", force, err)
		}
	}
	if _, err := f.read("link"); err == nil {
		t.Error("a link is read")
	}
	if got, _ := os.ReadFile(target); string(got) != "mine" {
		t.Errorf("what the link leads to is %q", got)
	}
	if err := os.Chmod(f.file("a"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := f.write("a", secretMode, []byte("3"), true); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(f.file("a")); err != nil || info.Mode().Perm() != secretMode {
		t.Errorf("written anew it has the mode %v, %v", info.Mode(), err)
	}
	if names, err := os.ReadDir(f.path); err != nil || len(names) != 2 {
		t.Errorf("%d files are left, %v", len(names), err)
	}
	if err := f.write("b/c", secretMode, nil, false); err == nil {
		t.Error("a file in a folder that is not there is written")
	}
}

// What a program that reads JSON takes for a text is the text; the characters beyond are spelled as YAML and TOML do.
func TestQuoted(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "/a/b", `it's "my" \lab`, "é\u202e\u2028\x7f", "{{.}} #: - ${x}"} {
		var got string
		if err := json.Unmarshal([]byte(quoted(text)), &got); err != nil || got != text {
			t.Errorf("%q: %s, %v", text, quoted(text), err)
		}
		for _, c := range quoted(text) {
			if c < ' ' || c > '~' {
				t.Errorf("%q: %s", text, quoted(text))
			}
		}
	}
	if got := quoted("😀"); got != `"\U0001F600"` {
		t.Error(got)
	}
}

// homeserverFor is a lab, and a homeserver that answers there: users it registers by a secret, rooms it makes.
func homeserverFor(t *testing.T, plain bool) (Server, *fakeHomeserver) {
	t.Helper()
	port := freeport.Port(t) // Write looks whether it is free
	o := Options{Software: "synapse", Folder: filepath.Join(t.TempDir(), "lab"), Port: port, Now: time.Now()}
	if plain {
		o.Plain, o.Port = port, freeport.Port(t)
	}
	s, err := Write(o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	h := &fakeHomeserver{name: s.Name, rooms: map[string]string{}}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	t.Cleanup(func() { server.Close() })
	go func() {
		if plain {
			_ = server.Serve(l)
		} else {
			_ = server.ServeTLS(l, s.Serves.File, s.Serves.Key)
		}
	}()
	return s, h
}

type fakeHomeserver struct {
	name string

	mu                  sync.Mutex
	registered, refuses bool
	rooms               map[string]string
	unlisted            int      // so many times the directory names no server
	via                 []string // of the last join
	background          int      // so many questions after a join the user is in the room; 0: at once
}

func (h *fakeHomeserver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	says := func(status int, body any) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	var body map[string]any
	_ = json.NewDecoder(r.Body).Decode(&body)
	wrong := map[string]string{"errcode": "M_FORBIDDEN", "error": "no\x1b[2J"}
	switch path := r.URL.Path; {
	case h.refuses:
		says(http.StatusForbidden, wrong)
	case strings.HasSuffix(path, "/versions"):
		says(http.StatusOK, map[string]any{})
	case strings.HasSuffix(path, "/register") && r.Method == http.MethodGet:
		says(http.StatusOK, map[string]any{"nonce": "n"})
	case strings.HasSuffix(path, "/register") && !h.registered && body["nonce"] == "n":
		h.registered = true
		says(http.StatusOK, map[string]any{"access_token": "t"})
	case strings.HasSuffix(path, "/login") && h.registered:
		says(http.StatusOK, map[string]any{"access_token": "t"})
	case strings.Contains(path, "/directory/room/"):
		id := h.rooms[path[strings.LastIndex(path, "/")+1:]]
		if id == "" {
			says(http.StatusNotFound, map[string]any{"errcode": "M_NOT_FOUND"})
			return
		}
		listed := map[string]any{"room_id": id, "servers": nil}
		if h.unlisted--; h.unlisted < 0 {
			listed["servers"] = []string{h.name}
		}
		says(http.StatusOK, listed)
	case strings.Contains(path, "/join/") && r.Header.Get("Authorization") == "Bearer t":
		room := path[strings.LastIndex(path, "/")+1:]
		if h.rooms[room] == "" {
			says(http.StatusNotFound, map[string]any{"errcode": "M_NOT_FOUND", "error": "no\x1b[2J"})
			return
		}
		h.via = r.URL.Query()["via"]
		if h.background > 0 {
			says(http.StatusAccepted, map[string]any{"errcode": "M_UNKNOWN", "error": "it goes on"})
			return
		}
		says(http.StatusOK, map[string]any{"room_id": h.rooms[room]})
	case strings.HasSuffix(path, "/joined_rooms") && r.Header.Get("Authorization") == "Bearer t":
		in := []string{}
		if h.background--; h.background <= 0 {
			in = slices.Collect(maps.Values(h.rooms))
		}
		says(http.StatusOK, map[string]any{"joined_rooms": in})
	case strings.HasSuffix(path, "/createRoom") && r.Header.Get("Authorization") == "Bearer t":
		h.rooms["#"+body["room_alias_name"].(string)+":"+h.name] = "!made"
		says(http.StatusOK, map[string]any{"room_id": "!made"})
	default:
		says(http.StatusForbidden, wrong)
	}
}

// A user and a room are made once; a second time they are there.
func TestMakeRoom(t *testing.T) {
	t.Parallel()
	for _, plain := range []bool{false, true} {
		s, h := homeserverFor(t, plain)
		opened, err := Open(s.Above)
		if err != nil || opened.Name != s.Name || opened.Folder != s.Folder || opened.Profile() != s.Profile() {
			t.Fatalf("%v: %+v", err, opened)
		}
		for i := range 2 {
			r, err := MakeRoom(t.Context(), opened, "lab", "12", nil)
			if made := i == 0; err != nil || r.ID != "!made" || r.Made != made {
				t.Fatalf("plain %t, %d: %v: %+v", plain, i, err, r)
			}
		}
		info, err := os.Stat(filepath.Join(s.Folder, passwordFile))
		if err != nil || info.Mode().Perm() != fs.FileMode(secretMode) && runtime.GOOS != "windows" {
			t.Errorf("the password: %v, %v", info, err)
		}
		h.mu.Lock()
		h.refuses = true
		h.mu.Unlock()
		if _, err := MakeRoom(t.Context(), opened, "lab", "12", nil); err == nil || !strings.Contains(err.Error(),
			"answered 403 M_FORBIDDEN") {
			t.Error(err)
		}
	}
}

// A room that is made can be joined by its alias at once: it is waited for that the directory names a server.
func TestMakeRoomIsListed(t *testing.T) {
	t.Parallel()
	s, h := homeserverFor(t, false)
	h.unlisted = 2
	if _, err := MakeRoom(t.Context(), s, "lab", "12", nil); err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.unlisted >= 0 {
		t.Errorf("the directory was asked too few times: it would name no server %d times more", h.unlisted)
	}
}

// The user of a lab, who is made where there is none, joins what the homeserver lets her into.
func TestJoin(t *testing.T) {
	t.Parallel()
	s, h := homeserverFor(t, false)
	h.rooms["#room:elsewhere.example"], h.rooms["!id"] = "!there", "!id"
	for _, c := range []struct {
		room client.RoomRef
		want string
	}{{client.RoomRef{Room: "#room:elsewhere.example"}, "!there"},
		{client.RoomRef{Room: "!id", Via: []string{"a.example", "b.example"}}, "!id"}} {
		id, user, err := Join(t.Context(), s, c.room, nil)
		if err != nil || id != c.want || user != "@alice:"+s.Name || !slices.Equal(h.via, c.room.Via) {
			t.Errorf("%+v: %q, %q, via %q: %v", c.room, id, user, h.via, err)
		}
	}
	for _, room := range []string{"#room:elsewhere.example", "!there"} { // it takes long
		h.background, h.rooms["!there"] = 3, "!there"
		id, _, err := Join(t.Context(), s, client.RoomRef{Room: room}, nil)
		if err != nil || id != "!there" || h.background != 0 {
			t.Errorf("%s: %q, %v; in the background for %d", room, id, err, h.background)
		}
	}
	h.background = 0
	h.rooms["#odd:elsewhere.example"] = "no room ID"
	if id, _, err := Join(t.Context(), s, client.RoomRef{Room: "#odd:elsewhere.example"}, nil); err == nil {
		t.Errorf("joined %q", id)
	}
	_, _, err := Join(t.Context(), s, client.RoomRef{Room: "#nowhere:elsewhere.example"}, nil)
	if err == nil || !strings.Contains(err.Error(), "answered 404 M_NOT_FOUND") || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("%v", err)
	}
}

// Somebody else's certificate at the port is no homeserver that is still starting.
func TestMakeRoomElsewhere(t *testing.T) {
	t.Parallel()
	s, _ := homeserverFor(t, false)
	other, err := Certify(filepath.Join(t.TempDir(), "other"), nil, time.Now(), false)
	if err != nil {
		t.Fatal(err)
	}
	strange, err := os.ReadFile(other.Authority)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.Authority, strange, 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := MakeRoom(t.Context(), s, "lab", "12", nil); err == nil || !strings.Contains(err.Error(), "certificate") ||
		time.Since(began) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}
