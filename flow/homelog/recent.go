package homelog

// A recent remembers the last things by a name, mostPending of them.
type recent[T any] struct {
	of    map[string]T
	order []string
}

func (r *recent[T]) put(name string, v T) {
	if r.of == nil {
		r.of = map[string]T{}
	}
	if _, there := r.of[name]; !there {
		r.order = append(r.order, name)
	}
	r.of[name] = v
	for len(r.of) > mostPending || len(r.order) > 2*mostPending {
		delete(r.of, r.order[0])
		r.order = r.order[1:]
	}
}

func (r *recent[T]) get(name string) (T, bool) {
	v, ok := r.of[name]
	return v, ok
}

func (r *recent[T]) drop(name string) { delete(r.of, name) }
