package client

import (
	"encoding/json"
	"fmt"
	"time"

	"doorstep/flow/event"
)

const (
	keyValidity    = 24 * time.Hour
	minKeyValidity = time.Hour
)

// KeyDocument makes the signed key document of id as JSON, valid until now + validity: a day when that is zero, and
// never less than the hour a publisher has to leave. Spec: server-server, Publishing Keys.
func KeyDocument(id Identity, now time.Time, validity time.Duration) ([]byte, error) {
	if validity == 0 {
		validity = keyValidity
	}
	type key struct {
		Key string `json:"key"`
	}
	keys := append([]event.SigningKey{id.Key}, id.Others...)
	verify := map[string]key{}
	for _, k := range keys {
		verify[k.ID] = key{event.EncodeBase64(k.Public())}
	}
	doc, err := json.Marshal(struct {
		OldVerifyKeys struct{}       `json:"old_verify_keys"`
		ServerName    string         `json:"server_name"`
		ValidUntil    int64          `json:"valid_until_ts"`
		VerifyKeys    map[string]key `json:"verify_keys"`
	}{ServerName: id.ServerName, ValidUntil: now.Add(max(validity, minKeyValidity)).UnixMilli(), VerifyKeys: verify})
	if err != nil {
		return nil, fmt.Errorf("make the key document: %w", err)
	}
	for _, k := range keys {
		if doc, err = event.SignJSON(doc, id.ServerName, k); err != nil {
			return nil, fmt.Errorf("sign the key document: %w", err)
		}
	}
	return doc, nil
}
