package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// browser is a headless Chromium that is told what to do through a pipe, in the DevTools
// protocol: JSON texts, each ended by a NUL.
type browser struct {
	t       *testing.T
	to      *os.File
	pipe    *os.File
	from    *bufio.Reader // of the pipe
	last    int
	session string  // of the page
	events  []event // that came while answers were waited for
}

// event is a message that the browser sends unasked.
type event struct {
	Method string
	Params json.RawMessage
}

// chromium starts one with a profile of its own, and ends it with the test. The test is
// skipped where there is none.
func chromium(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("there is no chromium on the path (Debian: apt-get install chromium)")
	}
	require.NoError(t, err)
	theirs, to, err := os.Pipe() // what it reads
	require.NoError(t, err)
	from, theirs2, err := os.Pipe()
	require.NoError(t, err)
	profile := t.TempDir()
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
		"--user-data-dir="+profile, "--remote-debugging-pipe", "about:blank")
	cmd.Env = append(os.Environ(), "HOME="+profile)
	cmd.ExtraFiles = []*os.File{theirs, theirs2} // 3 and 4
	own(cmd)
	require.NoError(t, cmd.Start())
	theirs.Close()
	theirs2.Close()
	b := &browser{t: t, to: to, pipe: from, from: bufio.NewReader(from)}
	t.Cleanup(func() {
		_, _ = fmt.Fprintf(to, `{"id":%d,"method":"Browser.close"}`+"\x00", b.last+1)
		end(cmd)
		to.Close()
		from.Close()
	})
	return b
}

// call calls a method and decodes its result into result, if that is not nil.
func (b *browser) call(method string, params, result any) {
	b.t.Helper()
	b.last++
	text, err := json.Marshal(struct {
		ID        int    `json:"id"`
		SessionID string `json:"sessionId,omitempty"`
		Method    string `json:"method"`
		Params    any    `json:"params,omitempty"`
	}{b.last, b.session, method, params})
	require.NoError(b.t, err)
	_, err = b.to.Write(append(text, 0))
	require.NoError(b.t, err)
	for {
		m := b.read()
		if m.ID != b.last {
			b.events = append(b.events, m.event)
			continue
		}
		require.Empty(b.t, string(m.Error), method)
		if result != nil {
			require.NoError(b.t, json.Unmarshal(m.Result, result))
		}
		return
	}
}

type answer struct {
	event
	ID            int
	Result, Error json.RawMessage
}

func (b *browser) read() (m answer) {
	b.t.Helper()
	require.NoError(b.t, b.pipe.SetReadDeadline(time.Now().Add(time.Minute)))
	text, err := b.from.ReadBytes(0)
	require.NoError(b.t, err, "chromium says nothing")
	require.NoError(b.t, json.Unmarshal(text[:len(text)-1], &m))
	return m
}

// await reads until an event has come since the last open.
func (b *browser) await(method string) {
	b.t.Helper()
	for {
		for _, e := range b.events {
			if e.Method == method {
				return
			}
		}
		b.events = append(b.events, b.read().event)
	}
}

// open makes a page of so many pixels and opens a URL in it.
func (b *browser) open(url string, width, height int, dark bool) {
	b.t.Helper()
	var target struct{ TargetID string }
	var attached struct{ SessionID string }
	b.session = ""
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Network", "Runtime", "Log"} {
		b.call(domain+".enable", nil, nil)
	}
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	b.events = nil
	b.call("Page.navigate", map[string]any{"url": url}, nil)
	b.await("Page.loadEventFired")
}

// eval is the value of an expression in JavaScript.
func eval[T any](b *browser, expression string) (value T) {
	b.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Text string }
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &r)
	require.Nil(b.t, r.ExceptionDetails, expression)
	require.NoError(b.t, json.Unmarshal(r.Result.Value, &value), expression)
	return value
}

// heard are the URLs that the page has asked for, and complaints what it has said on
// its console or has thrown.
func (b *browser) heard() (requests, complaints []string) {
	b.t.Helper()
	for _, e := range b.events {
		switch e.Method {
		case "Network.requestWillBeSent":
			var p struct{ Request struct{ URL string } }
			require.NoError(b.t, json.Unmarshal(e.Params, &p))
			requests = append(requests, p.Request.URL)
		case "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded":
			complaints = append(complaints, fmt.Sprintf("%s %s", e.Method, e.Params))
		}
	}
	return requests, complaints
}

// screenshot puts a picture of the whole page, or of what is visible, into a folder.
func (b *browser) screenshot(dir, name string, whole bool) {
	b.t.Helper()
	var r struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": whole}, &r)
	png, err := base64.StdEncoding.DecodeString(r.Data)
	require.NoError(b.t, err)
	require.NoError(b.t, os.MkdirAll(dir, 0o777))
	require.NoError(b.t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
}
