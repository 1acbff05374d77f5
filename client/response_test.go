package client

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

// What a large body takes of memory follows what comes of it, not what is announced, and stays within about twice that.
func TestBodyMemory(t *testing.T) {
	const large, limit = 8 * miB, 64 * miB
	chunk := fmt.Sprintf("%x\r\n%s\r\n", miB, strings.Repeat("x", miB))
	for _, c := range []struct {
		name, head string
		body       io.Reader
		came       int
		most       uint64 // bytes allocated in all
	}{
		{"announced", fmt.Sprintf("Content-Length: %d\r\n", large), strings.NewReader(strings.Repeat("x", large)), large,
			large * 5 / 4},
		{"announced, and cut", fmt.Sprintf("Content-Length: %d\r\n", limit), strings.NewReader(strings.Repeat("x", large)),
			large, 10 * large},
		{"announced, and hardly begun", fmt.Sprintf("Content-Length: %d\r\n", limit), strings.NewReader("x"), 1, 2 * miB},
		{"chunked", "Transfer-Encoding: chunked\r\n", strings.NewReader(strings.Repeat(chunk, 8) + "0\r\n\r\n"), large,
			large * 5 / 2},
		{"chunked, and broken off", "Transfer-Encoding: chunked\r\n", strings.NewReader(strings.Repeat(chunk, 8) + "9\r\nx"),
			large + 1, large * 9 / 2},
		{"without an end", "", endless{}, limit, limit * 5 / 2},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		head := strings.NewReader("HTTP/1.1 200 OK\r\n" + c.head + "\r\n")
		r, err := newResponseReader(io.MultiReader(head, c.body), kiB, limit)
		if err != nil {
			t.Fatal(err)
		}
		res, _ := r.read("GET")
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; len(res.Body) != c.came || took > c.most {
			t.Errorf("%s: %d bytes came, want %d; %d bytes of memory, want at most %d", c.name, len(res.Body), c.came, took,
				c.most)
		}
	}
}

// endless is a body of which more always comes.
type endless struct{}

func (endless) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// An arrival tells what has come, of how much, and for how long nothing has; and nothing before the body begins.
func TestArrival(t *testing.T) {
	at := testNow
	var a Arrival
	if _, begun := a.At(at); begun {
		t.Error("it has begun")
	}
	a.begin(100, at)
	a.add(30, at.Add(time.Second))
	a.add(0, at.Add(2*time.Second))
	want := Arrived{Bytes: 30, Of: 100, Took: 3 * time.Second, Idle: 2 * time.Second}
	if got, begun := a.At(at.Add(3 * time.Second)); got != want || !begun {
		t.Errorf("told %+v, want %+v", got, want)
	}
	a.end()
	if _, begun := a.At(at); begun {
		t.Error("it has not ended")
	}
	(*Arrival)(nil).add(1, at)
}
