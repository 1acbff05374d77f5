package event

// Canonical returns the canonical form of the JSON text src: no white space, keys in the order of their code points,
// the shortest escapes. Canonical forms of one value are the same bytes, and no longer than any other spelling of it.
//
// strict: every number must already be an integer within ±(2^53−1) in canonical spelling, so -0, 1.0 and 1e3 are
// refused (room versions 6 and later, and all signed JSON that is no event). Otherwise the text of numbers is kept
// exactly. Normal instead rewrites the numbers that can be.
//
// Errors are *SyntaxError: not JSON, a duplicate key, a lone surrogate, invalid UTF-8, too deep, too long, and when
// strict a number out of canonical JSON. Spec: appendices, canonical JSON.
func Canonical(src []byte, strict bool) ([]byte, error) {
	if strict {
		return canonical(src, refuseNumbers)
	}
	return canonical(src, keepNumbers)
}

// Normal returns the canonical form of the value src stands for, numbers included: -0 becomes 0, 1e10 becomes
// 10000000000, 2.50e1 becomes 25. A number that is no integer within ±(2^53−1) is an error. This is what a sender may
// do with its own JSON; what was received and is to be verified must pass Canonical instead. Spec: appendices,
// canonical JSON, examples.
func Normal(src []byte) ([]byte, error) { return canonical(src, normalNumbers) }

func canonical(src []byte, numbers numberRule) ([]byte, error) {
	t, err := read(src, numbers)
	defer t.release()
	if err != nil {
		return nil, err
	}
	return t.appendValue(make([]byte, 0, len(src)), 0), nil
}
