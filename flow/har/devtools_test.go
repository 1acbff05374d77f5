package har_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/har"
)

// devtools is a page of Chromium's developer tools, as they are built into it.
func devtools(t *testing.T) context.Context {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no Chromium is installed")
		}
		t.Skip("no Chromium is installed: archives are not opened in its network panel")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-component-update", true))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("devtools://devtools/bundled/devtools_app.html")); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// importer has the network panel's own importer read an archive, and tells of the requests that it makes rows of.
const importer = `(async text => {
	const har = await import('devtools://devtools/bundled/models/har/har.js');
	const root = new har.HARFormat.HARRoot(JSON.parse(text));
	return Promise.all(har.Importer.Importer.requestsFromHARLog(root.log).map(async r => {
		const of = await r.requestContentData();
		return {method: r.requestMethod, url: r.url(), status: r.statusCode, reason: r.statusText,
			sent: (await r.requestFormData()) || '', ip: r.remoteAddress(), mime: r.mimeType, protocol: r.protocol,
			took: r.duration * 1000, headers: r.requestHeaders().length, answered: r.responseHeaders.length,
			text: of.isTextContent && of.text || '', base64: !of.isTextContent && of.base64 || ''};
	}));
})(%s)`

// A row is what the network panel knows of a request.
type row struct {
	Method, URL, Reason, Sent, IP, Mime, Protocol, Text, Base64 string
	Status, Headers, Answered                                   int
	Took                                                        float64
}

// Chromium's network panel opens what is written: every exchange is a row, with its method, URL, status, body, header
// fields and time. It is asked itself; what it throws where something is missing fails the test.
func TestNetworkPanel(t *testing.T) {
	ctx := devtools(t)
	for _, name := range []string{"failover", "banned", "synapse-v12", "synapse-and-dendrite-dry-run"} {
		trace := flowtest.Embedded(t, name)
		file := archived(t, trace)
		text, err := json.Marshal(string(file))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		rows, err := chromedp.Run(ctx, chromedp.Evaluate[[]row](fmt.Sprintf(importer, text), chromedp.EvalAwaitPromise))
		cancel()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var f har.File
		if err := json.Unmarshal(file, &f); err != nil {
			t.Fatal(err)
		}
		if len(rows) != len(f.Log.Entries) || len(rows) == 0 {
			t.Fatalf("%s: %d rows, not %d", name, len(rows), len(f.Log.Entries))
		}
		for i, e := range f.Log.Entries {
			got, want := rows[i], rowOf(e)
			if math.Abs(got.Took-e.Time) > 0.01 {
				t.Errorf("%s: row %d took %v ms, not %v", name, i+1, got.Took, e.Time)
			}
			if got.Took = 0; got != want {
				t.Errorf("%s: row %d: %+v, not %+v", name, i+1, got, want)
			}
		}
	}
}

// rowOf is the row that an entry has to be. Archives name no port: the panel shows 80.
func rowOf(e har.Entry) row {
	r := row{Method: e.Request.Method, URL: e.Request.URL, Status: e.Response.Status, Reason: e.Response.StatusText,
		Mime: e.Response.Content.MimeType, Headers: len(e.Request.Headers), Answered: len(e.Response.Headers),
		Protocol: strings.ToLower(e.Response.HTTPVersion)}
	if e.ServerIPAddress != "" {
		r.IP = net.JoinHostPort(e.ServerIPAddress, "80")
	}
	if e.Request.PostData != nil {
		r.Sent = e.Request.PostData.Text
	}
	if text := e.Response.Content.Text; text != nil {
		r.Text = *text
	}
	return r
}

// exporter has the network panel write the rows of an archive as an archive of its own, as its menu does.
const exporter = `(async text => {
	const har = await import('devtools://devtools/bundled/models/har/har.js');
	const {i18n} = await import('devtools://devtools/bundled/core/i18n/i18n.js');
	await i18n.fetchAndRegisterLocaleData('en-US');
	const root = new har.HARFormat.HARRoot(JSON.parse(text));
	const requests = har.Importer.Importer.requestsFromHARLog(root.log);
	let written = '';
	const progress = new Proxy({canceled: false}, {get: (of, name) => name in of ? of[name] :
		name === 'createSubProgress' ? () => progress : () => false, set: () => true});
	await har.Writer.Writer.write({write: async s => { written += s; }, close: async () => {}}, requests,
		{sanitize: false}, progress);
	return written;
})(%s)`

// What the network panel writes is read: the join is the same.
func TestNetworkPanelWrites(t *testing.T) {
	ctx := devtools(t)
	for _, name := range []string{"public-v12", "banned", "synapse-v12"} {
		trace := flowtest.Embedded(t, name)
		text, err := json.Marshal(string(archived(t, trace)))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		file, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(exporter, text), chromedp.EvalAwaitPromise))
		cancel()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := imported(t, []byte(file))
		obeys(t, got)
		compareArrows(t, trace, got, true)
		if want, is := flow.Fold(trace).Outcome(), flow.Fold(got).Outcome(); is != want {
			t.Errorf("%s: %s, not %s", name, is, want)
		}
		if by := got.Header.Imported.By; !strings.HasPrefix(by, "WebInspector ") {
			t.Errorf("by %q", by)
		}
	}
}
