package fuzz

import (
	"testing"

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
	} {
		tg, err := target.Open(spec, target.Options{})
		require.NoError(t, err)
		d := Driver{Target: tg, Machine: model.Machine{Profile: model.Profile{Delim: "#"}}}
		got, err := d.Probe(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want, got, spec)
	}
}
