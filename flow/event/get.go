package event

import "strconv"

// An Object is a JSON object that was read: its members in written order, no key twice.
type Object []Member

// ReadObject reads one level of a JSON object, as Members does. The error is a *SyntaxError.
func ReadObject(obj []byte) (Object, error) {
	members, err := Members(obj)
	return members, err
}

// Get returns the value at a path of keys, as JSON text; nil where there is none, where what lies on the way is no
// object, or where an object on the way cannot be read in one way only. Without a path it is nil.
func (o Object) Get(path ...string) []byte {
	if len(path) == 0 {
		return nil
	}
	for _, m := range o {
		if m.Key != path[0] {
			continue
		}
		if len(path) == 1 {
			return m.Value
		}
		return Get(m.Value, path[1:]...)
	}
	return nil
}

// String returns the text at a path; false where there is none.
func (o Object) String(path ...string) (string, bool) { return String(o.Get(path...)) }

// Int returns the integer at a path, as it is written; false where there is none, or it does not fit. One that does not
// fit comes as the closest that does: whoever compares times may go on with that.
func (o Object) Int(path ...string) (int64, bool) { return integerOf(o.Get(path...)) }

// Elements returns the elements of the array at a path; false where there is none.
func (o Object) Elements(path ...string) ([][]byte, bool) {
	elements, err := Elements(o.Get(path...))
	return elements, err == nil
}

// Get returns the value at a path of keys in a JSON object, as Object.Get does. Where more than one field of an
// object is wanted, ReadObject reads it once.
func Get(obj []byte, path ...string) []byte {
	o, err := ReadObject(obj)
	if err != nil {
		return nil
	}
	return o.Get(path...)
}

// GetString returns the text at a path of keys in a JSON object; false where there is none.
func GetString(obj []byte, path ...string) (string, bool) { return String(Get(obj, path...)) }

func integerOf(value []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(value), 10, 64)
	return n, err == nil
}
