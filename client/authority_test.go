package client

import (
	"crypto/x509"
	"testing"
	"time"
)

func TestAuthority(t *testing.T) {
	a := testAuthority(t)
	fromFile := x509.NewCertPool()
	if !fromFile.AppendCertsFromPEM(a.PEM()) || !fromFile.Equal(a.Pool()) {
		t.Error("the CA file does not hold the root")
	}
	cert, err := a.Certificate("a.example", "127.0.0.1", "::1")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.example", "127.0.0.1", "::1"} {
		if faults, _ := verifyChain([]*x509.Certificate{cert.Leaf}, fromFile, name, testNow); len(faults) != 0 {
			t.Errorf("%s: %v", name, faults)
		}
	}
	if faults, _ := verifyChain([]*x509.Certificate{cert.Leaf}, fromFile, "a.example",
		testNow.Add(certificateLife)); len(faults) == 0 {
		t.Error("the certificate never expires")
	}
	if faults, _ := verifyChain(nil, fromFile, "a.example", testNow); len(faults) == 0 {
		t.Error("no certificate verified")
	}

	own, err := SelfSigned(testNow, "a.example")
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(own.Leaf)
	if faults, _ := verifyChain([]*x509.Certificate{own.Leaf}, pool, "a.example", testNow); len(faults) != 0 {
		t.Errorf("trusted by itself: %v", faults)
	}
	if faults, _ := verifyChain([]*x509.Certificate{own.Leaf}, a.Pool(), "a.example", testNow); len(faults) == 0 {
		t.Error("a self-signed certificate verified without being trusted")
	}
}

// An authority that was kept in files issues what the first one's certificate vouches for, for as long as it was made
// for; a certificate and a key that do not go together, or are no authority's, are none.
func TestAuthorityInFiles(t *testing.T) {
	root, err := NewRoot(testNow, "Test", 1000*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	key, err := root.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ReadRoot(testNow, root.PEM(), key)
	if err != nil {
		t.Fatal(err)
	}
	if left := again.Root().NotAfter.Sub(testNow); left != 1000*time.Hour {
		t.Errorf("it is valid for %v", left)
	}
	cert, err := again.Certificate("a.example")
	if err != nil {
		t.Fatal(err)
	}
	if faults, _ := verifyChain([]*x509.Certificate{cert.Leaf}, root.Pool(), "a.example", testNow); len(faults) != 0 {
		t.Errorf("what it issues: %v", faults)
	}
	leafKey, err := KeyPEM(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, of := range map[string][2][]byte{"no authority's": {ChainPEM(cert), leafKey},
		"another's key": {root.PEM(), leafKey}, "nothing": {nil, nil}} {
		if _, err := ReadRoot(testNow, of[0], of[1]); err == nil {
			t.Errorf("%s was taken for an authority", name)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, tt := range []struct {
		limits     Limits
		endpoint   Endpoint
		head, body int64
		deadline   time.Duration
	}{
		{Limits{}, MakeJoin, 64 * kiB, miB, 30 * time.Second},
		{Limits{}, SendJoinV2, 64 * kiB, 500 * miB, 5 * time.Minute},
		{Limits{}, WellKnown, 64 * kiB, 50 * kiB, 30 * time.Second},
		{SynapseLimits, QueryDirectory, 64 * kiB, miB, 10 * time.Second},
		{SynapseLimits, SendJoinV1, 64 * kiB, 500 * miB, time.Minute},
		{SynapseLimits, ServerKeys, 64 * kiB, miB, time.Minute},
		{DendriteLimits, SendJoinV2, 64 * kiB, 500 * miB, 5 * time.Minute},
		{Limits{Head: 1, Body: 2, Deadline: 3}, SendJoinV2, 1, 2, 3},
		{Limits{Body: 2, BodyOf: map[Endpoint]int64{MakeJoin: 5}, DeadlineOf: map[Endpoint]time.Duration{MakeJoin: 7}},
			MakeJoin, 64 * kiB, 5, 7},
	} {
		head, body, deadline := tt.limits.of(tt.endpoint)
		if head != tt.head || body != tt.body || deadline != tt.deadline {
			t.Errorf("%s under %+v: %d, %d, %s", tt.endpoint, tt.limits, head, body, deadline)
		}
	}
}
