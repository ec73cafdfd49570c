package fuzz

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// driverOf is a driver for a target, as the command line makes it.
func driverOf(t testing.TB, tg target.Target) Driver {
	t.Helper()
	t.Cleanup(func() { tg.Close() })
	d := Driver{Target: tg, Machine: model.New()}
	var err error
	d.Machine.Profile, err = d.Probe(context.Background())
	require.NoError(t, err)
	return d
}

func openDriver(t testing.TB, spec string) Driver {
	t.Helper()
	tg, err := target.Open(spec, target.Options{})
	require.NoError(t, err)
	return driverOf(t, tg)
}

// A server is not different from itself, whether it is logged in to or not.
func TestDiffOfOneServer(t *testing.T) {
	for _, specs := range [][]string{{"mem", "mem"}, {"mem", "mem:preauth"}, {"mem:preauth", "mem", "mem"}} {
		for conns := 1; conns <= 2; conns++ {
			d := Diff{Seed: 1, Commands: 5000, Level: model.SHOULD, Generate: GenerateOptions{Conns: conns}}
			for _, spec := range specs {
				d.Drivers = append(d.Drivers, openDriver(t, spec))
			}
			r, err := d.Run(context.Background())
			require.NoError(t, err)
			assert.Empty(t, r.Classes, specs)
			for _, c := range r.Classes {
				t.Logf("%s %s\n%s\n%v", c.Key(), c.Verdict.Judgement, formatTrace(c.Trace), c.Steps[c.Step])
			}
			assert.Empty(t, r.Unconfirmed, specs)
			assert.GreaterOrEqual(t, r.Commands, 5000)
			t.Logf("%v, %d connections: %d commands, %d compared, %d passed, %v", specs, conns, r.Commands, r.Compared, r.Passed, r.Elapsed)
		}
	}
}
