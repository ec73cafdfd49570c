package servertest_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/scenarios"
	"github.com/imapcheck/imapcheck/properties/servertest"
)

const knownOfGoIMAP = "../../corpus/known/mem.txt"

// newServer is go-imap with an account and a store of its own.
func newServer() *imapserver.Server {
	store, user := imapmemserver.New(), imapmemserver.NewUser(model.User, model.Password)
	_ = user.Create("INBOX", nil) // there is none yet
	store.AddUser(user)
	return imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return store.NewSession(), nil, nil
		},
		InsecureAuth: true,
		Logger:       log.New(io.Discard, "", 0),
	})
}

func serve(l net.Listener) error { return newServer().Serve(l) }

// mem is the embedded server, in which nobody waits in vain.
func mem() servertest.NewTarget { return servertest.Spec("mem", target.Options{}) }

// keys are those of an error's failures.
func keys(err error) []string {
	var list []string
	for _, f := range servertest.Failures(err) {
		list = append(list, f.Finding.Key)
	}
	return list
}

// What is known is not found again, and nothing else is: on the pipe of this process,
// over TCP, and where one account is emptied again and again.
func TestRunIsSilentOnWhatIsKnown(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	go newServer().Serve(l)
	for name, start := range map[string]servertest.NewTarget{
		"spec":     mem(),
		"listener": servertest.Listener(serve, target.Options{}),
		"address":  servertest.Address("imap://"+l.Addr().String(), target.Options{}),
	} {
		t.Run(name, func(t *testing.T) {
			servertest.Run(t, start, servertest.Known(knownOfGoIMAP), servertest.Level(model.SHOULD),
				// A panic that is not seen, since the process is this one.
				servertest.KnownKeys("bye-before-close/FETCH/Selected"),
				servertest.Timeout(2500*time.Millisecond), servertest.Commands(1000), servertest.Seed(41))
		})
	}
}

func TestCheckFinds(t *testing.T) {
	dir := t.TempDir()
	err := servertest.Check(t.Context(), mem(), servertest.Only("mailboxes", "list"), servertest.Save(dir))
	got := keys(err)
	assert.Contains(t, got, "delete-inbox/DELETE/Authenticated")
	assert.Contains(t, got, "lsub-percent/LSUB/Authenticated")
	sorted := slices.Sorted(slices.Values(got))
	assert.Equal(t, slices.Compact(slices.Clone(sorted)), sorted, "a key is there twice")
	files, _ := filepath.Glob(dir + "/*.trace")
	assert.Len(t, files, len(got))
	var failure *servertest.Failure
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, "mailboxes", failure.Part)
	assert.Equal(t, model.MUST, failure.Finding.Violation.Rule.Level)
	assert.Contains(t, failure.Error(), "  offline: imapcheck replay "+failure.Finding.File)
	assert.NoError(t, servertest.Check(t.Context(), mem(), servertest.Only("mailboxes", "list"), servertest.KnownKeys(got...)))
}

func TestCampaignIsThatOfItsSeed(t *testing.T) {
	check := func(opts ...servertest.Option) []string {
		opts = append([]servertest.Option{servertest.Only("campaign"), servertest.Commands(300), servertest.NoShrink()}, opts...)
		return keys(servertest.Check(t.Context(), mem(), opts...))
	}
	five := check(servertest.Seed(5))
	assert.NotEmpty(t, five)
	assert.Equal(t, five, check(servertest.Seed(5)))
	assert.NotEqual(t, five, check(servertest.Seed(6)))
	t.Setenv("IMAPCHECK_SEED", "5")
	assert.Equal(t, five, check(servertest.Seed(6)), "the environment has the last word")
	assert.Empty(t, check(servertest.Commands(0)))
}

// A trace of the folder fails where it shows what is not known, also if another has
// shown it.
func TestRegressions(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.trace":       "C0: LOGIN user pass\nC0: DELETE INBOX\n",
		"deep/er.trace": "C0: LOGIN user pass\nC0: NOOP\nC0: DELETE INBOX\n",
		"good.trace":    "C0: LOGIN user pass\nC0: SELECT INBOX\n",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	err := servertest.Check(t.Context(), mem(), servertest.Regressions(dir), servertest.Only("regressions"))
	failures := servertest.Failures(err)
	require.Len(t, failures, 2)
	assert.Equal(t, "regressions/a", failures[0].Part)
	assert.Equal(t, "regressions/deep/er", failures[1].Part)
	assert.Same(t, failures[0].Finding, failures[1].Finding)
	assert.Contains(t, failures[0].Error(), "    C0: LOGIN user pass\n    C0: DELETE INBOX\n")
	assert.NoError(t, servertest.Check(t.Context(), mem(), servertest.Regressions(dir), servertest.Only("regressions"),
		servertest.KnownKeys("delete-inbox/DELETE/Authenticated")))
}

func TestOptionErrors(t *testing.T) {
	empty := t.TempDir()
	bad := filepath.Join(empty, "known.txt")
	require.NoError(t, os.WriteFile(bad, []byte("no-such-rule/NOOP/Selected\n"), 0o666))
	for want, o := range map[string]servertest.Option{
		"Commands(-1): it has to be at least 0":                          servertest.Commands(-1),
		"Steps(0): it has to be at least 1":                              servertest.Steps(0),
		"Sessions(0): it has to be at least 1":                           servertest.Sessions(0),
		"Level(Level(?)): it is MUST or SHOULD":                          servertest.Level(9),
		"Timeout(0s): it has to be more than nothing":                    servertest.Timeout(0),
		`Save(""): it is the name of a folder`:                           servertest.Save(""),
		`Only("append2"): there is no such part; there are append, camp`: servertest.Only("append2"),
		"known findings: open nowhere.txt":                               servertest.Known("nowhere.txt"),
		bad + `: line 1: there is no rule "no-such-rule"`:                servertest.Known(bad),
		`KnownKeys("x"): line 1: "x" is not RULE/COMMAND/STATE`:          servertest.KnownKeys("x"),
		`Regressions("` + empty + `"): there is no *.trace in it`:        servertest.Regressions(empty),
		"nowhere: ": servertest.Regressions("nowhere"),
	} {
		err := servertest.Check(t.Context(), mem(), o)
		if assert.ErrorContains(t, err, want) {
			assert.NotContains(t, err.Error(), "\n")
		}
	}
	t.Setenv("IMAPCHECK_SEED", "many")
	assert.EqualError(t, servertest.Check(t.Context(), mem()), `IMAPCHECK_SEED is "many", not a number`)
}

// What is not the server's fault is one line, and no failure.
func TestTrouble(t *testing.T) {
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, nobody.Close())
	at := "imap://" + nobody.Addr().String()
	closes := func(l net.Listener) error {
		for {
			c, err := l.Accept()
			if err != nil {
				return err
			}
			c.Close()
		}
	}
	o := target.Options{Timeout: time.Second}
	for name, c := range map[string]struct {
		start servertest.NewTarget
		want  string
	}{
		"refused":        {servertest.Address(at, o), "cannot reach " + at + ": connection refused"},
		"no address":     {servertest.Address("127.0.0.1:143", o), `the address "127.0.0.1:143" does not begin with imap:// or imaps://`},
		"not loopback":   {servertest.Address("imap://192.0.2.1", o), "give target.Options.Destroy if"},
		"not a target":   {servertest.Spec("nothing", o), `unknown target "nothing"`},
		"wrong password": {servertest.Listener(serve, target.Options{Password: "another"}), "LOGIN"},
		"serve fails":    {servertest.Listener(func(net.Listener) error { return errors.New("no disk") }, o), "the listener is open: no disk"},
		"closes at once": {servertest.Listener(closes, o), "server closed the connection before its greeting"},
		"dial fails": {servertest.Conn(func(context.Context) (net.Conn, error) { return nil, errors.New("no line") }, o),
			"cannot reach server: no line"},
		"no target": {func() (target.Target, error) { return nil, nil }, "there is no target and no error"},
	} {
		t.Run(name, func(t *testing.T) {
			err := servertest.Check(t.Context(), c.start)
			require.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), "\n")
			assert.Empty(t, servertest.Failures(err))
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, servertest.Check(gone, mem()), context.Canceled)
}

// A server that goes away in the midst ends the run with what was found before.
func TestTroubleComesLast(t *testing.T) {
	starts := 0
	err := servertest.Check(t.Context(), func() (target.Target, error) {
		if starts++; starts > 2 {
			return nil, errors.New("no more servers")
		}
		return mem()()
	}, servertest.Only("mailboxes", "select"))
	require.ErrorContains(t, err, "no more servers")
	assert.Contains(t, keys(err), "delete-inbox/DELETE/Authenticated")
	assert.True(t, strings.HasSuffix(err.Error(), "\nno more servers"))
}

func TestEveryFamilyIsAPart(t *testing.T) {
	for _, f := range scenarios.Families() {
		assert.NoError(t, servertest.Check(t.Context(), mem(), servertest.Only(f.Name), servertest.Known(knownOfGoIMAP)), f.Name)
	}
}
