package client

import "net"

// A gate lets few callers at once have what they sent worked on before their first head is whole: TLS handshakes, above
// all, which take more of a processor than everything else that a stranger can ask for. Of those who wait, the next is
// one from where the fewest connections are, so that nobody waits for a crowd but who comes with it; of those the one
// that came last, as the others are nearer to giving way. It is guarded by the mutex of its door.
type gate struct {
	free    int      // how many more may pass
	waiting []*visit // in the order in which they came
}

// pass waits until what a connection sent may be worked on; false: it was closed meanwhile. Each pass ends with a
// leave.
func (d *Door) pass(v *visit) bool {
	d.mu.Lock()
	if !d.visits[v] {
		d.mu.Unlock()
		return false
	}
	if d.gate.free > 0 {
		d.gate.free--
		v.worksOn(true)
		d.mu.Unlock()
		return true
	}
	v.called = make(chan bool, 1)
	d.gate.waiting = append(d.gate.waiting, v)
	d.mu.Unlock()
	return <-v.called
}

// leave lets the next one pass.
func (d *Door) leave(v *visit) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leaves(v)
}

// leaves is leave, and calls off the wait of a connection that is no more. d.mu is held.
func (d *Door) leaves(v *visit) {
	if !v.passed.Load() {
		return
	}
	v.worksOn(false)
	next := d.next()
	if next == nil {
		d.gate.free++
		return
	}
	next.worksOn(true)
	next.called <- true
}

// next takes out who is to pass next; nil: nobody waits. d.mu is held.
func (d *Door) next() *visit {
	var out *visit
	at := 0
	for i, v := range d.gate.waiting {
		if out == nil || d.of[v.from] <= d.of[out.from] {
			out, at = v, i
		}
	}
	if out != nil {
		d.gate.remove(at)
	}
	return out
}

// dismiss has a connection that is no more wait no longer. The mutex of the door is held.
func (g *gate) dismiss(v *visit) {
	for i, w := range g.waiting {
		if w == v {
			g.remove(i)
			v.called <- false
			return
		}
	}
}

func (g *gate) remove(i int) {
	last := len(g.waiting) - 1
	copy(g.waiting[i:], g.waiting[i+1:])
	g.waiting[last] = nil
	g.waiting = g.waiting[:last]
}

// worksOn takes in that what a connection sent is worked on, or was: meanwhile it does not wait for its caller. A byte
// now and then does not make it wait for less long. The mutex of the door is held.
func (v *visit) worksOn(does bool) {
	v.passed.Store(does)
	if does {
		v.waited = v.idle.Swap(0)
	} else if !v.entered.Load() {
		v.idle.Store(v.waited)
	}
}

// Read reads what the caller sent. Until its first head is whole, that is worked on when there is room at the gate, and
// until the connection is read from or written to again.
func (v *visit) Read(b []byte) (int, error) {
	v.done()
	n, err := v.Conn.Read(b)
	if n > 0 && !v.entered.Load() && !v.door.pass(v) {
		return 0, net.ErrClosed
	}
	return n, err
}

// done takes in that what a connection sent was worked on.
func (v *visit) done() {
	if v.passed.Load() {
		v.door.leave(v)
	}
}
