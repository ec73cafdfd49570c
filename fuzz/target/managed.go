package target

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// ServersEnv names the directory of servers that were unpacked rather than
// installed: each in a folder of its name, as dpkg-deb -x leaves it.
const ServersEnv = "IMAPCHECK_SERVERS"

// product is a server that is found on this machine, started and stopped.
type product struct {
	name    string
	text    string
	modes   []string            // how it can be run, the usual one first
	params  map[string][]string // what can be said behind "?", and the values; the first is the default
	version []string            // the arguments that make the first of binaries tell its version
	says    *regexp.Regexp      // finds the version in that
	module  string              // of Go: its version is that of this module in the program
	tried   []string            // the beginnings of versions that were tried
	// binaries are places of the programs, under the root of a system. All have to
	// be there, each in one of its places.
	binaries map[string][]string
	first    string // the one that tells its version
	get      string // the commands that get it, on Debian
	start    func(*launch) (*server, error)
}

// installation is a product as it was found.
type installation struct {
	*product
	root string            // of the system that it was unpacked to, "" if it is installed
	bin  map[string]string // the paths of its programs
}

// launch is an installation that is about to be started.
type launch struct {
	installation
	spec    string
	mode    string
	params  map[string]string
	timeout time.Duration
	notice  func(string)
}

// find looks for a product: unpacked, on the PATH, and where Debian has it.
func (p *product) find() (installation, error) {
	roots := []string{""}
	if dir := os.Getenv(ServersEnv); dir != "" {
		roots = append([]string{filepath.Join(dir, p.name), dir}, roots...)
	}
	for _, root := range roots {
		i := installation{product: p, root: root, bin: map[string]string{}}
		for name, places := range p.binaries {
			for _, place := range places {
				if path, ok := executable(root, place); ok {
					i.bin[name] = path
					break
				}
			}
		}
		if len(i.bin) == len(p.binaries) {
			return i, nil
		}
	}
	return installation{}, fmt.Errorf("%s is not on this machine: \"imapcheck targets\" tells how to get it", p.name)
}

// executable is the path of a program under root, or on the PATH if it is just a
// name.
func executable(root, place string) (path string, ok bool) {
	switch {
	case strings.Contains(place, "/"):
		path = filepath.Join("/", root, place)
		if abs, err := filepath.Abs(filepath.Join(root, place)); root != "" && err == nil {
			path = abs
		}
	case root == "":
		path = place
	default:
		return "", false
	}
	path, err := exec.LookPath(path)
	return path, err == nil
}

// env is the environment of its programs.
func (i installation) env(more ...string) []string {
	env := append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TZ=UTC"}, more...)
	if i.root == "" {
		return env
	}
	root, err := filepath.Abs(i.root)
	if err != nil {
		return env
	}
	dirs, _ := filepath.Glob(filepath.Join(root, "usr/lib/*-linux-gnu*"))
	dirs = append(dirs, filepath.Join(root, "usr/lib"), filepath.Join(root, "usr/lib/courier-authlib"))
	return append(env, "LD_LIBRARY_PATH="+strings.Join(dirs, ":"))
}

// told is the version that it tells of itself.
func (i installation) told() (string, error) {
	if i.module != "" {
		return i.built()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, i.bin[i.first], i.version...)
	cmd.Env = i.env()
	out, err := cmd.CombinedOutput()
	if m := i.says.FindSubmatch(out); m != nil {
		return string(m[1]), nil
	}
	if err == nil {
		err = errors.New("it says nothing of a version")
	}
	if line := lastLine(string(out)); line != "" {
		err = fmt.Errorf("%w: %s", err, line)
	}
	return "", fmt.Errorf("%s does not tell its version: %w", i.bin[i.first], err)
}

// built is the version of the module that was built into the program.
func (i installation) built() (string, error) {
	info, err := buildinfo.ReadFile(i.bin[i.first])
	if err != nil {
		return "", err
	}
	for _, m := range info.Deps {
		if m.Path == i.module {
			return m.Version, nil
		}
	}
	return "", fmt.Errorf("%s was not built with %s", i.bin[i.first], i.module)
}

// check fails for a version that was never tried: a server that does not
// understand its configuration would be blamed for it.
func (i installation) check() (version string, err error) {
	if version, err = i.told(); err != nil {
		return "", err
	}
	if !slices.ContainsFunc(i.tried, func(v string) bool { return strings.HasPrefix(version, v) }) {
		return version, fmt.Errorf("%s %s was never tried (%sx was): start it by hand, and name its address",
			i.name, version, strings.Join(i.tried, "x or "))
	}
	return version, nil
}

// openManaged is the target of a specification NAME[:MODE][?KEY=VALUE...].
func openManaged(p *product, spec string, o Options) (Target, error) {
	l := &launch{spec: spec, params: map[string]string{}, timeout: o.Timeout, notice: o.Notice}
	if l.timeout <= 0 {
		l.timeout = defaultTimeout
	}
	head, query, _ := strings.Cut(spec, "?")
	_, mode, named := strings.Cut(head, ":")
	if l.mode = mode; !named {
		l.mode = p.modes[0]
	}
	if !slices.Contains(p.modes, l.mode) {
		return nil, fmt.Errorf("%q: %s runs as %s", spec, p.name, strings.Join(p.modes, " or "))
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", spec, err)
	}
	for key, value := range values {
		if !slices.Contains(p.params[key], value[0]) || len(value) > 1 {
			return nil, fmt.Errorf("%q: behind the \"?\" may stand %s", spec, p.allowed())
		}
		l.params[key] = value[0]
	}
	if l.mode == "stdio" && l.params["tls"] != "" {
		return nil, fmt.Errorf("%q: there is no TLS on stdio", spec)
	}
	for key, list := range p.params {
		if l.params[key] == "" {
			l.params[key] = list[0]
		}
	}
	if l.installation, err = p.find(); err != nil {
		return nil, err
	}
	version, err := l.check()
	if err != nil {
		return nil, err
	}
	t, err := p.start(l)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", spec, err)
	}
	t.version = version
	return t, nil
}

// allowed says what can stand behind the "?".
func (p *product) allowed() string {
	var list []string
	for key, values := range p.params {
		list = append(list, key+"="+strings.Join(values, "|"))
	}
	if slices.Sort(list); len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, " and ")
}

// info tells whether the product can be run here.
func (p *product) info() Info {
	i := Info{Spec: p.name, Text: p.text, Modes: p.modes}
	if len(p.params) > 0 {
		i.Params = p.allowed()
	}
	found, err := p.find()
	if err != nil {
		i.Missing, i.Get = "not on this machine", p.get
		return i
	}
	if i.Version, err = found.check(); err != nil {
		i.Missing = err.Error()
	}
	return i
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
