package document

import (
	"bytes"
	"html"
	"net/url"
	"testing"

	"doorstep/flow/flowtest"
	"doorstep/flow/redact"
	"doorstep/recordings"
)

// No form of a redacted handshake holds a name, an address, a key or what somebody wrote, however it is escaped there.
func TestNothingLeaks(t *testing.T) {
	for _, name := range recordings.Names() {
		t.Run(name, func(t *testing.T) {
			file := flowtest.EmbeddedBytes(t, name)
			secrets := flowtest.Secrets(t, file)
			if len(secrets) < 5 {
				t.Errorf("only %q is looked for", secrets)
			}
			h := handshakeOf(redact.Trace(flowtest.Embedded(t, name), "doorstep test"))
			h.AllChecks, h.Parts = true, PictureParts()
			for _, f := range Formats() {
				var b bytes.Buffer
				if err := f.Write(&b, h); err != nil {
					t.Fatalf("%s: %v", f.Name, err)
				}
				text := b.String() + "\n" + html.UnescapeString(b.String())
				if plain, err := url.PathUnescape(text); err == nil {
					text += "\n" + plain
				}
				for _, s := range flowtest.LeaksInText(text, secrets) {
					t.Errorf("%s: %q is still in it", f.Name, s)
				}
			}
		})
	}
}
