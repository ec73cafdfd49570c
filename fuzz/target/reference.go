package target

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/imapcheck/imapcheck/fuzz/fault"
	"github.com/imapcheck/imapcheck/fuzz/reference"
	"github.com/imapcheck/imapcheck/model"
)

// referenced is the model as a server, one for each instance.
type referenced struct {
	name    string
	options reference.Options
}

func isReference(spec string) bool {
	name, _, _ := strings.Cut(spec, "?")
	name, _, _ = strings.Cut(name, ":")
	return name == "reference"
}

func policyNames() []string {
	var names []string
	for _, p := range reference.Policies() {
		names = append(names, p.Name)
	}
	return names
}

// openReference is the target "reference", with a policy behind a colon and the rest
// behind a question mark.
func openReference(spec string) (Target, error) {
	fail := func(err error) (Target, error) { return nil, fmt.Errorf("%s: %w", spec, err) }
	name, query, _ := strings.Cut(spec, "?")
	_, policy, _ := strings.Cut(name, ":")
	params, err := url.ParseQuery(query)
	if err != nil {
		return fail(err)
	}
	var fault string
	var seed uint64
	secure := false
	for key, values := range params {
		value := values[len(values)-1]
		switch key {
		case "fault":
			fault = value
		case "seed":
			if seed, err = strconv.ParseUint(value, 10, 64); err != nil {
				return fail(fmt.Errorf("seed=%s: it is a number", value))
			}
		case "tls":
			secure = value == "yes"
			if value != "yes" && value != "no" {
				return fail(fmt.Errorf("tls=%s: it is yes or no", value))
			}
		default:
			return fail(fmt.Errorf("unknown parameter %q (known: fault, seed, tls)", key))
		}
	}
	o, err := ReferenceOptions(policy, fault, secure)
	if err != nil {
		return fail(err)
	}
	o.Seed = seed
	return Reference(spec, o)
}

// ReferenceOptions are those of the reference server with a policy and a fault, each ""
// for none. Several faults have a "+" between their names. A secure server lets nobody in
// without STARTTLS.
func ReferenceOptions(policy, faults string, secure bool) (o reference.Options, err error) {
	var planted []*fault.Fault
	for _, name := range strings.FieldsFunc(faults, func(r rune) bool { return r == '+' || r == ' ' }) { // a query has "+" for a space
		f := fault.Find(name)
		if f == nil {
			return o, fmt.Errorf("there is no fault %q", name)
		}
		planted = append(planted, f)
	}
	o.Fault = fault.Join(planted...)
	o.Machine = reference.Usual(o.Fault, secure).Machine
	if o.Policy, err = reference.PolicyOf(policy); err != nil {
		return o, err
	}
	return o, certified(&o)
}

// certified gives a server that offers STARTTLS a certificate made on the spot.
func certified(o *reference.Options) (err error) {
	if o.TLS == nil && o.Machine.Profile.OffersTLS() {
		o.TLS, err = serverTLS()
	}
	return err
}

// Reference is the reference server as a target of that name.
func Reference(name string, o reference.Options) (Target, error) {
	if err := certified(&o); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &referenced{name, o}, nil
}

func (t *referenced) Name() string { return t.name }
func (t *referenced) Close() error { return nil }

func (t *referenced) Open(ctx context.Context, f model.Fixture) (Instance, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o := t.options
	o.Fixture = f
	return &referenceInstance{server: reference.New(o)}, nil
}

type referenceInstance struct {
	server *reference.Server

	mu     sync.Mutex
	conns  []net.Conn // the clients' ends
	closed bool
}

func (in *referenceInstance) Dial(ctx context.Context) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	client, server := newPipe()
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return nil, net.ErrClosed
	}
	in.conns = append(in.conns, client)
	go in.server.ServeConn(server)
	return client, nil
}

func (in *referenceInstance) User() (name, password string) { return model.User, model.Password }

func (in *referenceInstance) Crashed() string { return in.server.Crashed() }

func (in *referenceInstance) Close() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	for _, c := range in.conns {
		c.Close()
	}
	in.conns = nil
	return nil
}
