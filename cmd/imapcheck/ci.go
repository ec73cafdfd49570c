package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/imapcheck/imapcheck/cmd/imapcheck/ci"
)

// defaultAddress is where a --server-command is taken to listen.
const defaultAddress = "imap://127.0.0.1:1143"

// shortCommands is what a pull request can wait for.
const shortCommands = 5_000

// everyKind stands for all of ci.Kinds.
const everyKind = "all"

func (a *app) ciCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ci",
		Short: "Write the files of a nightly run",
		Long:  `Ci writes the files that have a service run imapcheck on your server every night.`,
		Example: `  imapcheck ci init --server-command 'go run ./cmd/imapd --listen 127.0.0.1:1143'
  imapcheck ci init --kind all --target exec:./imapd`,
		Args: cobra.ArbitraryArgs,
		RunE: helpOrUnknown,
	}
	cmd.AddCommand(a.ciInitCommand())
	return cmd
}

// ciFlags are the flags of "imapcheck ci init".
type ciFlags struct {
	settings    ci.Settings
	target, dir string
	kind        string
	force       bool
}

func (a *app) ciInitCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init {--target TARGET | --server-command CMD} [-- FLAG...]",
		Short: "Write the files of a nightly run into a project",
		Long: `Init writes the files into the project in --dir, and says what to do next. It
replaces none that is there, unless --force says so; the list of known findings
is never replaced.

github           a workflow: shards every night and, in short, on each pull
                 request; a corpus that grows; findings and reports uploaded
clusterfuzzlite  the build of a Go server's LibFuzzerIMAP, and a workflow
oss-fuzz         the same build, for a pull request to OSS-Fuzz
kubernetes       an indexed Job whose pods are the shards, and one that merges

The server is started by CMD, and --target is the address at which it is then, by
default ` + defaultAddress + `; or TARGET is one that imapcheck itself starts, as
"exec:./imapd --stdio". ClusterFuzzLite and OSS-Fuzz need neither. Each FLAG is
one more of "imapcheck fuzz".`,
		Example: `  imapcheck ci init --server-command 'go run ./cmd/imapd --listen 127.0.0.1:1143' -- --user test
  imapcheck ci init --target 'exec:./imapd --stdio' --build-command make
  imapcheck ci init --kind clusterfuzzlite --package ./imapserver`,
		Args: func(cmd *cobra.Command, args []string) error {
			if n := cmd.ArgsLenAtDash(); len(args) > 0 && n != 0 {
				return fmt.Errorf("unknown argument %s; flags of imapcheck fuzz come behind --", quoted(args[0]))
			}
			return nil
		},
	}
	f := &ciFlags{}
	s, flags := &f.settings, cmd.Flags()
	flags.StringVar(&s.Server, "server-command", "", "the command (`CMD`) that starts your server, and does not end")
	flags.StringVar(&f.target, "target", "", "the server (`TARGET`), as \"imapcheck fuzz\" takes it")
	flags.StringVar(&s.Setup, "build-command", "", "the command (`CMD`) that builds your server")
	flags.StringVar(&f.kind, "kind", ci.GitHub, "which files: "+strings.Join(ci.Kinds, "|")+"|"+everyKind)
	flags.StringVar(&f.dir, "dir", ".", "the top folder (`DIR`) of your repository")
	flags.IntVar(&s.Shards, "shards", 4, "jobs (`N`) that share the work")
	flags.IntVar(&s.Commands, "commands", defaultCommands, "commands (`N`) of each shard, every night")
	flags.StringVar(&s.Image, "image", "", "the container `IMAGE` that has your server, for kubernetes")
	flags.StringVar(&s.Package, "package", ".", "the Go package (`PATH`) with LibFuzzerIMAP, for clusterfuzzlite and oss-fuzz")
	flags.StringVar(&s.Repository, "repository", "", "the `URL` to clone your repository from, for oss-fuzz")
	flags.StringVar(&s.Contact, "contact", "", "the mail `ADDRESS` of who is told of findings, for oss-fuzz")
	flags.BoolVar(&f.force, "force", false, "replace files that are there")
	cmd.RunE = func(_ *cobra.Command, args []string) error { return a.ciInit(f, args) }
	return cmd
}

func (a *app) ciInit(f *ciFlags, more []string) error {
	kinds := []string{f.kind}
	if f.kind == everyKind {
		kinds = ci.Kinds
	}
	s, err := f.complete(kinds, more)
	if err != nil {
		return err
	}
	var files []ci.File
	for _, kind := range kinds {
		list, err := ci.Files(kind, *s)
		if err != nil {
			return usageError{error: err}
		}
		files = append(files, list...)
	}
	slices.SortFunc(files, func(a, b ci.File) int { return strings.Compare(a.Name, b.Name) })
	files = slices.CompactFunc(files, func(a, b ci.File) bool { return a.Name == b.Name }) // the known findings
	if info, err := os.Stat(f.dir); err != nil || !info.IsDir() {
		return fmt.Errorf("--dir %s: there is no such folder", f.dir)
	}
	if err := f.put(a, files); err != nil {
		return err
	}
	fmt.Fprintln(a.out, "\nNext:")
	for _, kind := range kinds {
		fmt.Fprintf(a.out, "  %s\n", strings.Join(nextSteps(kind, *s), "\n    "))
	}
	return nil
}

// complete adds what can be seen from the flags and the project.
func (f *ciFlags) complete(kinds, more []string) (*ci.Settings, error) {
	s := f.settings
	s.Version, s.ShortCommands = installed(), min(shortCommands, s.Commands)
	if slices.Contains(kinds, ci.GitHub) || slices.Contains(kinds, ci.Kubernetes) {
		spec := f.target
		switch {
		case spec == "" && s.Server == "":
			return nil, usagef("what is to be tested? --target TARGET or --server-command CMD is needed")
		case spec == "":
			spec = defaultAddress
		}
		s.Targets = []ci.Target{{Name: "server", Spec: spec, Known: ci.KnownFile, Flags: more}}
	}
	if slices.Contains(kinds, ci.ClusterFuzzLite) || slices.Contains(kinds, ci.OSSFuzz) {
		var err error
		if s.Module, err = moduleOf(f.dir); err != nil {
			return nil, err
		}
	}
	return &s, nil
}

// put writes all files, or none if one of them is there.
func (f *ciFlags) put(a *app, files []ci.File) error {
	var write, keep []ci.File
	for _, file := range files {
		name := filepath.Join(f.dir, filepath.FromSlash(file.Name))
		switch info, err := os.Lstat(name); {
		case errors.Is(err, fs.ErrNotExist):
			write = append(write, file)
		case err != nil:
			return err
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s is there, and is no file", name)
		case file.Keep:
			keep = append(keep, file)
		case !f.force:
			return fmt.Errorf("%s is there: --force replaces it, --dir writes elsewhere", name)
		default:
			write = append(write, file)
		}
	}
	for _, file := range write {
		name := filepath.Join(f.dir, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		if err := writeFile(name, file.Text); err != nil {
			return err
		}
		if err := os.Chmod(name, file.Mode); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "wrote  %s\n", name)
	}
	for _, file := range keep {
		fmt.Fprintf(a.out, "kept   %s\n", filepath.Join(f.dir, filepath.FromSlash(file.Name)))
	}
	return nil
}

// nextSteps are a heading and lines.
func nextSteps(kind string, s ci.Settings) []string {
	switch kind {
	case ci.GitHub:
		return []string{"GitHub:",
			"commit the files and push them; the workflow runs every night and on pull requests,",
			"and at once by: gh workflow run imapcheck.yml",
			"What is found and stays for now goes into " + ci.KnownFile + ", else every night fails."}
	case ci.Kubernetes:
		return []string{"Kubernetes:",
			"kubectl apply -f .imapcheck/kubernetes/setup.yaml",
			"kubectl replace --force -f .imapcheck/kubernetes/night.yaml   (every night)"}
	}
	lines := []string{map[string]string{ci.ClusterFuzzLite: "ClusterFuzzLite:", ci.OSSFuzz: "OSS-Fuzz:"}[kind],
		"in a file of the package " + s.Package + " that begins with //go:build gofuzz:",
		"  var fuzzIMAP = servertest.LibFuzzer(newTarget)",
		"  func LibFuzzerIMAP(octets []byte) int { return fuzzIMAP(octets) }",
		"and in go.mod: go get github.com/imapcheck/imapcheck"}
	if kind == ci.OSSFuzz {
		lines = append(lines, "then a pull request to OSS-Fuzz with the files of .imapcheck/oss-fuzz in projects/"+s.Folder())
	}
	return lines
}

var moduleLine = regexp.MustCompile(`(?m)^module[ \t]+"?([^\s"]+)`)

// moduleOf is the path of the module whose top is the folder.
func moduleOf(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("ClusterFuzzLite and OSS-Fuzz need a Go module: %w", err)
	}
	m := moduleLine.FindSubmatch(b)
	if m == nil {
		return "", fmt.Errorf("%s: it names no module", filepath.Join(dir, "go.mod"))
	}
	return string(m[1]), nil
}

// installed is the version of this program as "go install" takes it.
func installed() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || !strings.HasPrefix(info.Main.Version, "v") || strings.Contains(info.Main.Version, "+") {
		return "latest"
	}
	return info.Main.Version
}
