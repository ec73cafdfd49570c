package main

import (
	"context"
	"fmt"
	"net"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/fuzz/reference"
	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
)

// serveFlags are the flags of "imapcheck serve".
type serveFlags struct {
	policy   string
	fault    string
	listen   string
	users    int
	messages int
	seed     uint64
	tls      bool
}

// listing is the value of --policy and --fault that asks for what there is.
const listing = "?"

func (a *app) serveCommand() *cobra.Command {
	f := &serveFlags{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the model as an IMAP server on loopback",
		Long: `Serve is the reference server: the model run forwards. It conforms to RFC 3501,
and a policy says what it does where the RFC leaves it the choice. A fault that is
planted in it is a bug whose name and clause are known. It prints its address, and
serves until it is interrupted; what it holds is then gone.

--policy "?" and --fault "?" list what there is.`,
		Example: `  imapcheck serve --policy odd
  imapcheck serve --fault logout-without-bye --listen 127.0.0.1:1143
  imapcheck serve --fault "?"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.policy, "policy", "", "the choices of the server: a `NAME` (default \"canonical\")")
	flags.StringVar(&f.fault, "fault", "", "the `NAME` of the bug that it has; several with \"+\" between them")
	flags.StringVar(&f.listen, "listen", "127.0.0.1:0", "the `ADDRESS`, on loopback; port 0 is any that is free")
	flags.IntVar(&f.users, "users", 50, "the accounts \"user1\" to \"userN\" (`N`), besides \"user\"")
	flags.IntVar(&f.messages, "messages", 0, "how many messages (`N`) each INBOX holds at first")
	flags.Uint64Var(&f.seed, "seed", 1, "the seed (`N`) of the policy's choices")
	flags.BoolVar(&f.tls, "tls", false, "offer STARTTLS, and let nobody in without it")
	return cmd
}

func (a *app) serve(ctx context.Context, f *serveFlags) error {
	switch {
	case f.policy == listing:
		return a.policies()
	case f.fault == listing:
		return a.faults()
	case f.users < 0:
		return usagef("--users %d: it cannot be negative", f.users)
	case f.messages < 0:
		return usagef("--messages %d: it cannot be negative", f.messages)
	}
	o, err := target.ReferenceOptions(f.policy, f.fault, f.tls)
	if err != nil {
		return usagef("%v; \"?\" lists what there is", err)
	}
	o.Seed, o.Users, o.Fixture = f.seed, f.users, model.Fixture{Messages: f.messages}
	l, err := listenOn(ctx, f.listen)
	if err != nil {
		return err
	}
	defer l.Close()
	fmt.Fprintf(a.out, "imap://%s\n", l.Addr())
	users, secure := "", ""
	if f.users > 0 {
		users = fmt.Sprintf("user1 to user%d and ", f.users)
	}
	if o.TLS != nil {
		secure = ", with --starttls --insecure"
	}
	fmt.Fprintf(a.err, "%suser have the password %s%s; an interrupt ends it\n", users, model.Password, secure)
	return reference.New(o).Serve(ctx, l)
}

// listenOn listens at an address, if it is loopback.
func listenOn(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, usagef("--listen %s: it is not HOST:PORT", address)
	}
	ip := net.ParseIP(host)
	if host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, usagef("--listen %s: it is not loopback, and who knows a password of this server is anybody", address)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--listen %s: %w", address, err)
	}
	if at, ok := l.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() { // whatever localhost is here
		l.Close()
		return nil, usagef("--listen %s: it is not loopback", address)
	}
	return l, nil
}

func (a *app) policies() error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "POLICY\tWHAT THE SERVER DOES")
	for _, p := range reference.Policies() {
		fmt.Fprintf(w, "%s\t%s\n", p.Name, p.Text)
	}
	return w.Flush()
}

func (a *app) faults() error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "FAULT\tLAYER\tCLAUSE\tCOMMANDS\tWHAT THE SERVER DOES")
	for _, f := range fault.All() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", f.Name, f.Layer, f.Clause, f.Least, f.Text)
	}
	return w.Flush()
}
