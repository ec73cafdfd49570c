// Package ci makes the files that run imapcheck every night on somebody's server: a
// workflow of GitHub Actions, what ClusterFuzzLite and OSS-Fuzz need, and jobs for
// Kubernetes. It is pure: the same settings give the same octets.
package ci

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
	"text/template"
)

//go:embed templates
var templates embed.FS

// The kinds of files.
const (
	GitHub          = "github"
	ClusterFuzzLite = "clusterfuzzlite"
	OSSFuzz         = "oss-fuzz"
	Kubernetes      = "kubernetes"
)

// Kinds are all of them.
var Kinds = []string{GitHub, ClusterFuzzLite, OSSFuzz, Kubernetes}

// Settings are what the files depend on.
type Settings struct {
	// Targets are the servers, one or more. ClusterFuzzLite and OSS-Fuzz take none, and
	// Kubernetes the first.
	Targets []Target
	// Server is the command that starts a server at the address of the target, "" if
	// imapcheck starts it.
	Server string
	// Setup is the command that builds it, "" if there is none.
	Setup string
	// Image is the container image with the server.
	Image string
	// Version is that of imapcheck: what stands behind "@" of "go install".
	Version string
	// Shards share the work, each of which sends so many Commands, on a pull request
	// ShortCommands.
	Shards, Commands, ShortCommands int
	// Module is the path of the user's module, and Package that of the package in it with
	// the function LibFuzzerIMAP, for ClusterFuzzLite and OSS-Fuzz.
	Module, Package string
	// Repository is a URL, and Contact a mail address, for OSS-Fuzz.
	Repository, Contact string

	// own are the differences of this repository's.
	own bool
}

// Target is a server, as "imapcheck fuzz" takes it.
type Target struct {
	Name  string   // of the row of jobs
	Spec  string   // a TARGET
	Known string   // the file with the keys of known findings, from the top of the repository
	Flags []string // more flags of "imapcheck fuzz", no word of which has spaces
}

// File is one that is to be written.
type File struct {
	Name string // from the top of the repository, with slashes
	Text []byte
	Mode fs.FileMode
	Keep bool // it is the user's once it is there: it is never replaced
}

// KnownFile is where the keys of known findings are.
const KnownFile = ".imapcheck/known.txt"

// plan is a file and its template, by kind.
var plan = map[string][]struct {
	name, template string
	mode           fs.FileMode
}{
	GitHub: {{".github/workflows/imapcheck.yml", "github.yml", 0o644}},
	ClusterFuzzLite: {
		{".clusterfuzzlite/project.yaml", "clusterfuzzlite-project.yaml", 0o644},
		{".clusterfuzzlite/Dockerfile", "Dockerfile", 0o644},
		{".clusterfuzzlite/build.sh", "build.sh", 0o755},
		{".github/workflows/clusterfuzzlite.yml", "clusterfuzzlite.yml", 0o644},
	},
	OSSFuzz: {
		{".imapcheck/oss-fuzz/project.yaml", "oss-fuzz-project.yaml", 0o644},
		{".imapcheck/oss-fuzz/Dockerfile", "oss-fuzz-Dockerfile", 0o644},
		{".imapcheck/oss-fuzz/build.sh", "build.sh", 0o755},
	},
	Kubernetes: {
		{".imapcheck/kubernetes/setup.yaml", "kubernetes-setup.yaml", 0o644},
		{".imapcheck/kubernetes/night.yaml", "kubernetes-night.yaml", 0o644},
	},
}

// Files are those of a kind, in a fixed order. An error says what is wrong with the
// settings.
func Files(kind string, s Settings) ([]File, error) {
	list, ok := plan[kind]
	if !ok {
		return nil, fmt.Errorf("there is no kind %q (known: %s)", kind, strings.Join(Kinds, ", "))
	}
	if err := s.check(kind); err != nil {
		return nil, err
	}
	var files []File
	for _, p := range list {
		text, err := s.execute(p.template)
		if err != nil {
			return nil, err
		}
		files = append(files, File{Name: p.name, Text: text, Mode: p.mode})
	}
	if (kind == GitHub || kind == Kubernetes) && !s.own {
		text, err := s.execute("known.txt")
		if err != nil {
			return nil, err
		}
		files = append(files, File{Name: KnownFile, Text: text, Mode: 0o644, Keep: true})
	}
	return files, nil
}

// mostJobs is the limit of a matrix on GitHub.
const mostJobs = 256

// check looks for what would make files that do not work.
func (s Settings) check(kind string) error {
	if s.Shards < 1 || s.Commands < 1 {
		return errors.New("there has to be one shard, and one command, or more")
	}
	for _, text := range []string{s.Server, s.Setup, s.Image, s.Package, s.Repository, s.Contact} {
		if strings.ContainsAny(text, "\r\n\x00") {
			return fmt.Errorf("%q is more than a line: put it into a script", text)
		}
	}
	switch kind {
	case GitHub, Kubernetes:
		if len(s.Targets) == 0 {
			return errors.New("there is no target")
		}
		for _, t := range s.Targets {
			if strings.ContainsAny(t.Spec+t.Known, "\r\n\x00") {
				return fmt.Errorf("the target %q is more than a line", t.Spec)
			}
			for _, word := range t.Flags {
				if word == "" || strings.ContainsAny(word, " \t\r\n\x00\"'\\") {
					return fmt.Errorf("%q: flags in the files have no spaces, quotes or backslashes in them", word)
				}
			}
			if s.Server != "" && !slices.Contains([]string{"imap", "imaps"}, t.scheme()) {
				return fmt.Errorf("the target %s is no address: imapcheck starts that server itself, and needs no command for it", t.Spec)
			}
		}
		if n := s.Shards * len(s.Targets); kind == GitHub && n > mostJobs {
			return fmt.Errorf("%d jobs are more than GitHub runs, which is %d", n, mostJobs)
		}
		if kind == Kubernetes && s.Server != "" && s.Image == "" {
			return errors.New("the image that has the server is needed")
		}
	case OSSFuzz:
		if s.Repository == "" || s.Contact == "" {
			return errors.New("OSS-Fuzz needs the URL of a repository and the mail address of a contact")
		}
		fallthrough
	case ClusterFuzzLite:
		if s.Module == "" || s.Package == "" {
			return errors.New("a Go module, and a package in it, are needed")
		}
	}
	return nil
}

// execute fills in a template.
func (s Settings) execute(name string) ([]byte, error) {
	t, err := template.New(name).Delims("<%", "%>").Option("missingkey=error").Funcs(template.FuncMap{
		"yaml": yaml, "join": strings.Join, "shell": shell,
	}).ParseFS(templates, "templates/"+name, "templates/shared.tmpl")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, s); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// yaml is a scalar that means s whatever is in it: a string of JSON is one of YAML.
func yaml(s string) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// shell is one word of a shell that means s whatever is in it.
func shell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// scheme is that of an address, or the name of a server.
func (t Target) scheme() string {
	name, _, _ := strings.Cut(t.Spec, ":")
	return strings.ToLower(name)
}

// Host and Port are where a target's address leads; both are "" if it is none.
func (t Target) Host() string { host, _ := t.address(); return host }

// Port is described with Host.
func (t Target) Port() string { _, port := t.address(); return port }

func (t Target) address() (host, port string) {
	ports := map[string]string{"imap": "143", "imaps": "993"}
	u, err := url.Parse(t.Spec)
	if err != nil || ports[t.scheme()] == "" {
		return "", ""
	}
	if port = u.Port(); port == "" {
		port = ports[t.scheme()]
	}
	return u.Hostname(), port
}

// Numbers are those of the shards, from 1.
func (s Settings) Numbers() string {
	var list []string
	for i := range s.Shards {
		list = append(list, fmt.Sprint(i+1))
	}
	return strings.Join(list, ", ")
}

// Names are those of the targets.
func (s Settings) Names() string {
	var list []string
	for _, t := range s.Targets {
		list = append(list, t.Name)
	}
	return strings.Join(list, ", ")
}

// First is the first target.
func (s Settings) First() Target { return s.Targets[0] }

// Own reports whether the files are those of imapcheck's repository.
func (s Settings) Own() bool { return s.own }

// ImportPath is that of the package with LibFuzzerIMAP.
func (s Settings) ImportPath() string {
	if s.Package == "." || strings.HasPrefix(s.Package, "./") {
		return path.Join(s.Module, s.Package)
	}
	return s.Package
}

// Folder is the name of the folder that the repository is cloned to.
func (s Settings) Folder() string {
	from := s.Repository
	if from == "" {
		from = s.Module
	}
	return strings.TrimSuffix(path.Base(from), ".git")
}
