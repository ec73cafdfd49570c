package rapidgen_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/rapidgen"
)

// FuzzMakeFuzz has Go's engine choose the bits that rapid draws a trace from. It is here
// to be compared with FuzzTrace of package fuzz, which wastes no input: in the folder
// IMAPCHECK_STATS each process keeps its number of inputs, of commands, and of inputs that
// rapid did not skip.
func FuzzMakeFuzz(f *testing.F) {
	server, err := target.Open("mem", target.Options{})
	require.NoError(f, err)
	defer server.Close()
	d := fuzz.Driver{Target: server, Machine: model.New()}
	d.Machine.Profile, err = d.Probe(f.Context())
	require.NoError(f, err)
	traces := rapidgen.Trace(d.Machine, fuzz.GenerateOptions{})
	inputs, commands, run := 0, 0, 0
	property := rapid.MakeFuzz(func(t *rapid.T) {
		r, err := d.Run(t.Context(), traces.Draw(t, "trace"))
		require.NoError(t, err)
		commands += r.Commands
		run++
	})
	f.Fuzz(func(t *testing.T, bits []byte) {
		inputs++
		if dir := os.Getenv("IMAPCHECK_STATS"); dir != "" && inputs%20 == 0 {
			file := filepath.Join(dir, strconv.Itoa(os.Getpid()))
			require.NoError(t, os.WriteFile(file, fmt.Appendln(nil, inputs, commands, run), 0o666))
		}
		property(t, bits)
	})
}
