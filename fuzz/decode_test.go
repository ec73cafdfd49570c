package fuzz

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/imapcheck/imapcheck/corpus"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/model/wire"
)

// machines are models of servers that offer much, and little.
func machines() map[string]model.Machine {
	rich := model.New()
	rich.Profile.Caps = model.Understood([]string{"UIDPLUS", "MOVE", "IDLE", "ENABLE", "NAMESPACE", "UNSELECT", "LITERAL+"})
	clear := model.New()
	clear.Profile.Caps = model.Understood([]string{"STARTTLS", "LOGINDISABLED"})
	preauth := model.New()
	preauth.Profile.Preauth = true
	return map[string]model.Machine{"plain": model.New(), "rich": rich, "clear": clear, "preauth": preauth}
}

// Decode is total: any octets are a trace, in which every command is one that can be
// sent, and which they can be told from again.
func TestDecodeIsTotal(t *testing.T) {
	list := machines()
	rapid.Check(t, func(t *rapid.T) {
		m := list[rapid.SampledFrom([]string{"plain", "rich", "clear", "preauth"}).Draw(t, "machine")]
		o := GenerateOptions{Conns: rapid.IntRange(1, 3).Draw(t, "conns")}
		octets := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "octets")
		trace := Decode(m, octets, o)
		require.Equal(t, trace, Decode(m, octets, o))
		if len(octets) > 4 { // the fixture may take three of them, and the connections one
			require.NotEmpty(t, trace.Steps, "octets that say nothing")
		}
		for _, st := range trace.Steps {
			require.Less(t, st.Conn, o.Conns)
			require.False(t, unruly(st), "%q", st.Cmd)
		}
		again, err := Encode(m, trace, o)
		require.NoError(t, err)
		require.Equal(t, formatTrace(trace), formatTrace(Decode(m, again, o)))
	})
}

// What the generator makes is encoded as its choices, but for malformed input and the
// few commands whose ways are too many.
func TestEncodeFindsTheChoices(t *testing.T) {
	for name, m := range machines() {
		t.Run(name, func(t *testing.T) {
			o := GenerateOptions{Conns: 2}
			regular, spelled := 0, map[string]int{}
			for i := range 30 {
				trace := Generate(m, NewSource(11, i), o)
				octets, err := Encode(m, trace, o)
				require.NoError(t, err)
				require.Equal(t, formatTrace(trace), formatTrace(Decode(m, octets, o)))
				e := encoder{conns: 2, g: newGenerator(m, nil)}
				e.g.s = m.Init(trace.Fixture)
				for _, st := range trace.Steps {
					if _, raw := st.Cmd.(model.Raw); !raw {
						if regular++; !e.chosen(st) {
							spelled[wire.FormatCommand(st.Cmd)]++
						}
					}
					e.g.predicted(st)
				}
			}
			assert.Less(t, float64(len(spelled)), 0.05*float64(regular), "%.1000s", fmt.Sprint(spelled))
		})
	}
}

// Every entry of the corpus is a seed: octets that decode to it.
func TestCorpusIsEncoded(t *testing.T) {
	for _, dir := range []string{"seeds", "regressions"} {
		for _, entry := range load(t, dir) {
			for name, m := range machines() {
				o := GenerateOptions{Conns: 2}
				octets, err := Encode(m, entry.File.Trace, o)
				if assert.NoError(t, err, "%s", entry.Path) {
					assert.Equal(t, formatTrace(entry.File.Trace), formatTrace(Decode(m, octets, o)), "%s for %s", entry.Path, name)
				}
			}
		}
	}
}

// Octets that Go's engine makes of a seed are traces of other commands, seldom of
// malformed input: a choice that has changed is another choice.
func TestMutationsAreOtherChoices(t *testing.T) {
	m := machines()["rich"]
	r := rand.New(rand.NewPCG(1, 2))
	commands, malformed := 0, 0
	for i := range 200 {
		octets, err := Encode(m, Generate(m, NewSource(12, i), GenerateOptions{}), GenerateOptions{})
		require.NoError(t, err)
		octets[2+r.IntN(len(octets)-2)] = byte(r.IntN(256))
		for _, st := range Decode(m, octets, GenerateOptions{}).Steps {
			commands++
			if _, raw := st.Cmd.(model.Raw); raw {
				malformed++
			}
		}
	}
	assert.Less(t, float64(malformed)/float64(commands), 0.15, "the share of malformed commands")
}

// The limits of the octets are errors of Encode.
func TestEncodeRefuses(t *testing.T) {
	noop := model.Step{Cmd: model.Simple{Verb: "NOOP"}}
	for want, trace := range map[string]model.Trace{
		"1001 steps":         {Steps: make([]model.Step, 1001)},
		"1000 messages":      {Fixture: model.Fixture{Messages: 1000}, Steps: []model.Step{noop}},
		"3 connections":      {Steps: []model.Step{{Conn: 2, Cmd: noop.Cmd}}},
		"more than one line": {Steps: []model.Step{{Cmd: model.Raw{Bytes: "NOOP\r\nA2 NOOP"}}}},
		"65540 octets":       {Steps: []model.Step{{Cmd: model.Raw{Bytes: string(make([]byte, 65540))}}}},
	} {
		for i := range trace.Steps {
			if trace.Steps[i].Cmd == nil {
				trace.Steps[i] = noop
			}
		}
		_, err := Encode(model.New(), trace, GenerateOptions{Conns: 2})
		assert.ErrorContains(t, err, want)
	}
}

// The octets of a trace file's commands are what the engine's cache of somebody may
// hold: this fails when what they mean is changed, so that it is changed knowingly.
func TestOctetsKeepTheirMeaning(t *testing.T) {
	f, err := corpus.ParseLenient([]byte("imaptrace v1\nfixture INBOX=2\n\nC0: LOGIN user pass\nC0: SELECT INBOX\n" +
		"C0: STORE 1 +FLAGS (\\Deleted)\nC0: FETCH 1:* (FLAGS UID)\nC0: EXPUNGE extra\n"))
	require.NoError(t, err)
	octets, err := Encode(model.New(), f.Trace, GenerateOptions{})
	require.NoError(t, err)
	assert.Equal(t, "\x02\x00"+ // two messages, one connection
		"\x12\x00\a\x00\x00"+ // LOGIN user pass
		"\x0e\n\x00\x00\x00\x00\x00"+ // SELECT INBOX
		"#\x0e\n\x1c\x13\x00#\x14\x19\x00\x1e\x00"+ // STORE 1 +FLAGS (\\Deleted)
		"\f\x19\x0e\n\x00\x00\x00\x00\x00\x19\n2\x00\x00(((((\x00"+ // FETCH 1:* (FLAGS UID)
		"\xff\x00\rEXPUNGE extra", string(octets))
}
