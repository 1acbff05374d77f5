//go:build !goexperiment.jsonv2

package opinion

import "testing"

func TestNeedsTheExperiment(t *testing.T) {
	t.Fatal("mautrix's PDU packages are built on encoding/json/v2: run this with GOEXPERIMENT=jsonv2 in the environment")
}
