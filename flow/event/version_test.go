package event

import "testing"

func TestVersions(t *testing.T) {
	ids := []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}
	all := Versions()
	if len(all) != len(ids) {
		t.Fatalf("%d versions", len(all))
	}
	for i, v := range all {
		n := i + 1
		if found, ok := Lookup(ids[i]); !ok || found != v || v.ID != ids[i] {
			t.Errorf("version %d is %q, found %v", n, v.ID, ok)
		}
		want := Version{
			ID: ids[i], IDs: IDURLSafe, HashPairs: n <= 2, StrictJSON: n >= 6, KeyValidity: n >= 5,
			PowerLevels: PowerIntegers, Knock: n >= 7, Restricted: n >= 8, KnockRestricted: n >= 10, CreatorField: n <= 10,
			RoomIDIsCreate: n == 12, RedactsInContent: n >= 11, redaction: v.redaction,
		}
		switch {
		case n <= 2:
			want.IDs = IDChosen
		case n == 3:
			want.IDs = IDStdBase64
		}
		switch {
		case n <= 5:
			want.PowerLevels = PowerLoose
		case n <= 9:
			want.PowerLevels = PowerStrings
		}
		if *v != want {
			t.Errorf("got %+v\nwant %+v", *v, want)
		}
	}
	for _, id := range []string{"", "0", "13", "01", "1 ", "org.matrix.msc2432", "1.0", "Ⅻ"} {
		if v, ok := Lookup(id); ok {
			t.Errorf("%q is version %s", id, v.ID)
		}
	}
	all[0] = nil
	if Versions()[0] == nil {
		t.Error("the list can be changed by its readers")
	}
}

func TestParseWithoutVersion(t *testing.T) {
	for _, v := range []*Version{nil, {ID: "13"}} {
		if _, err := Parse(v, []byte(`{}`)); err == nil {
			t.Errorf("parsed by version %v", v)
		}
		if _, err := Hash(v, []byte(`{}`)); err == nil {
			t.Errorf("hashed by version %v", v)
		}
	}
}
