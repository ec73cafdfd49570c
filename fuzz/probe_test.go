package fuzz

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

func TestProbe(t *testing.T) {
	caps := []string{"ENABLE", "IDLE", "LITERAL-", "MOVE", "NAMESPACE", "SASL-IR", "UIDPLUS", "UNSELECT", "UTF8=ACCEPT"}
	for spec, want := range map[string]model.Profile{
		"mem":         {Delim: "/", Caps: caps},
		"mem:preauth": {Delim: "/", Caps: caps, Preauth: true},
		"mem:tls": {Delim: "/", Caps: []string{"ENABLE", "IDLE", "LITERAL-", "LOGINDISABLED", "MOVE", "NAMESPACE", "SASL-IR",
			"STARTTLS", "UIDPLUS", "UNSELECT", "UTF8=ACCEPT"}},
	} {
		tg, err := target.Open(spec, target.Options{})
		require.NoError(t, err)
		d := Driver{Target: tg, Machine: model.Machine{Profile: model.Profile{Delim: "#"}}}
		got, err := d.Probe(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want, got, spec)
	}
}

// Where nobody is let in without TLS, and none comes of STARTTLS, nothing can be
// learned.
func TestProbeWithoutTLS(t *testing.T) {
	for end, start := range map[string]string{
		"refuses STARTTLS":                       "TAG NO not today\r\n",
		"no TLS comes of STARTTLS: not TLS":      "TAG OK begin\r\n* OK more\r\n",
		"refuses LOGIN with this name and passw": "",
	} {
		k := clerk{caps: "STARTTLS LOGINDISABLED", refuses: "LOGIN", start: func(c net.Conn, in *bufio.Reader, tag string) *line {
			fmt.Fprint(c, strings.ReplaceAll(start, "TAG", tag))
			return &line{c, in}
		}}
		if start == "" {
			config, _ := credentials(t)
			k.start = upgrade(config)
		}
		d := Driver{Target: k, Machine: model.New(), Session: SessionOptions{Timeout: time.Minute}}
		_, err := d.Probe(t.Context())
		assert.ErrorContains(t, err, end)
	}
}
