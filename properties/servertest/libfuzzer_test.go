package servertest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/fuzz"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/servertest"
)

// octets are those of a session, for a server with the given machine.
func octets(t *testing.T, machine model.Machine, text string) []byte {
	t.Helper()
	f, err := corpus.Parse([]byte("imaptrace v1\nfixture INBOX=1\n\n" + text))
	require.NoError(t, err)
	b, err := fuzz.Encode(machine, f.Trace, fuzz.GenerateOptions{Conns: 2})
	require.NoError(t, err)
	return b
}

func TestLibFuzzer(t *testing.T) {
	spec, err := target.Open("mem", target.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, spec.Close()) })
	driver := fuzz.Driver{Target: spec, Machine: model.New()}
	driver.Machine.Profile, err = driver.Probe(t.Context())
	require.NoError(t, err)
	right := octets(t, driver.Machine, "C0: LOGIN user pass\nC0: SELECT INBOX\nC0: LOGOUT\n")
	wrong := octets(t, driver.Machine, "C0: LOGIN user pass\nC0: DELETE INBOX\n")

	run := servertest.LibFuzzer(mem())
	assert.Zero(t, run(right))
	assert.Zero(t, run(nil), "any octets are a trace")
	said := func() (text any) {
		defer func() { text = recover() }()
		run(wrong)
		return nil
	}()
	require.IsType(t, "", said)
	assert.Contains(t, said, "delete-inbox/DELETE/Authenticated")
	assert.Contains(t, said, "imapcheck corpus import")

	known := servertest.LibFuzzer(mem(), servertest.KnownKeys("delete-inbox/DELETE/Authenticated"))
	assert.Zero(t, known(wrong))
	none := servertest.LibFuzzer(func() (target.Target, error) { return nil, nil })
	assert.Panics(t, func() { none(right) }, "a server that is not there does not pass")
}
