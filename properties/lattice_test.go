package properties_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/imapcheck/imapcheck"

// room is what the files of a package, tests apart, may import.
type room struct {
	house  []string // packages of this module
	others []string // modules of others
	std    []string // of the standard library; nil is all but package testing
	tests  []string // modules that only its tests import, besides testOthers
	helper bool     // it is for the tests of others: it may import package testing
}

// effectless is the standard library of the packages that do no I/O, read no
// clock, start no goroutine and take no chances.
var effectless = []string{
	"bytes", "cmp", "encoding/base64", "errors", "fmt", "iter", "maps", "math", "slices", "sort", "strconv", "strings", "time", "unicode",
}

// lattice is every package of the module with the arrows that leave it. An
// arrow that is not here has to be put here first.
var lattice = map[string]room{
	"model":                {house: []string{"model/message"}, std: effectless},
	"model/explore":        {house: []string{"model"}, std: append([]string{"crypto/sha256", "io", "math/big"}, effectless...)},
	"model/message":        {std: append([]string{"unicode/utf8"}, effectless...)},
	"model/wire":           {house: []string{"model"}, std: append([]string{"bufio", "io"}, effectless...)},
	"properties":           {house: []string{"model", "model/wire"}, std: append([]string{"embed"}, effectless...)},
	"properties/rapidgen":  {house: []string{"model", "model/wire", "fuzz", "fuzz/report"}, others: []string{"pgregory.net/rapid"}},
	"properties/goptergen": {house: []string{"model", "model/wire", "fuzz", "fuzz/report", "fuzz/shrink"}, others: []string{"github.com/leanovate/gopter"}},
	"properties/scenarios": {
		house: []string{"model", "corpus"}, std: append([]string{"embed", "io/fs", "path", "regexp", "sync"}, effectless...),
	},
	"properties/servertest": {
		house:  []string{"model", "properties/scenarios", "corpus", "fuzz", "fuzz/guide", "fuzz/report", "fuzz/target"},
		helper: true,
		tests:  []string{"github.com/emersion/go-imap/v2", "github.com/rogpeppe/go-internal"}, // a server, and modules outside
	},
	"corpus":            {house: []string{"model", "model/wire"}},
	"corpus/imaptest":   {house: []string{"model", "model/wire", "corpus"}, std: effectless},
	"corpus/sessionlog": {house: []string{"model", "model/wire", "corpus"}},
	"fuzz": {house: []string{"model", "model/message", "model/wire", "properties", "corpus", "corpus/sessionlog", "fuzz/target", "fuzz/shrink"},
		tests: []string{"github.com/leanovate/gopter"}}, // the engines are compared
	"fuzz/concurrent": {
		house:  []string{"model", "model/wire", "properties", "corpus", "fuzz", "fuzz/target"},
		others: []string{"github.com/anishathalye/porcupine"},
	},
	"fuzz/bench": {house: []string{"model", "model/message", "model/wire", "corpus", "fuzz", "fuzz/fault", "fuzz/reference", "fuzz/shrink", "fuzz/target", "properties"},
		others: []string{"github.com/aclements/go-moremath"}},
	"fuzz/report":            {house: []string{"model", "model/wire", "corpus", "fuzz"}},
	"fuzz/report/annotation": {house: []string{"model", "fuzz", "fuzz/report"}},
	"fuzz/report/junit": {house: []string{"model", "properties/scenarios", "fuzz", "fuzz/report"},
		others: []string{"github.com/jstemmer/go-junit-report/v2"}},
	"fuzz/report/page":   {house: []string{"model", "properties/scenarios", "fuzz", "fuzz/report"}},
	"fuzz/report/sample": {house: []string{"model", "properties", "corpus", "fuzz", "fuzz/report"}},
	"fuzz/report/sarif": {house: []string{"model", "fuzz", "fuzz/report"}, others: []string{"github.com/owenrumney/go-sarif/v3"},
		tests: []string{"github.com/santhosh-tekuri/jsonschema/v6"}},
	"fuzz/guide":     {std: append([]string{"hash/fnv"}, effectless...)},
	"fuzz/shrink":    {house: []string{"model", "model/wire"}},
	"fuzz/fault":     {house: []string{"model", "model/message", "model/wire"}},
	"fuzz/reference": {house: []string{"model", "model/wire", "fuzz/fault"}},
	"fuzz/target":    {house: []string{"model", "model/wire", "fuzz/fault", "fuzz/reference"}, others: []string{"github.com/emersion/go-imap/v2", "golang.org/x/sys"}},
	"cmd/imapcheck/ci": {
		std: append([]string{"embed", "encoding/json", "io/fs", "net/url", "path", "text/template"}, effectless...),
	},
	"cmd/imapcheck": {
		house: []string{"cmd/imapcheck/ci", "model", "model/explore", "model/wire", "properties", "corpus", "corpus/imaptest", "corpus/sessionlog", "fuzz", "fuzz/concurrent", "fuzz/report", "fuzz/target", "fuzz/shrink",
			"fuzz/report/annotation", "fuzz/report/junit", "fuzz/report/page", "fuzz/report/sarif",
			"fuzz/bench", "fuzz/fault", "fuzz/reference", "properties/rapidgen", "properties/goptergen"}, // bench compares the generators
		others: []string{
			"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/schollz/progressbar/v3", "golang.org/x/term",
			"pgregory.net/rapid", "github.com/leanovate/gopter",
		},
		tests: []string{"github.com/emersion/go-imap/v2"}, // a server at an address
	},
}

// testOthers are the modules that tests of any package may use, besides those
// of the package itself.
var testOthers = []string{"github.com/stretchr/testify", "pgregory.net/rapid"}

// noClock are the functions of an effectless package that make it another.
var noClock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// source is one Go file of the module.
type source struct {
	name    string // from the top of the module, with slashes
	imports []string
	clock   bool // uses a function of noClock
}

func (s source) pkg() string { return path.Dir(s.name) }
func (s source) test() bool  { return strings.HasSuffix(s.name, "_test.go") }

func TestImportLattice(t *testing.T) {
	for _, f := range sources(t) {
		r, ok := lattice[f.pkg()]
		if !assert.True(t, ok, "%s: package %s is not in the lattice", f.name, f.pkg()) {
			continue
		}
		for _, imp := range f.imports {
			assert.True(t, r.allows(imp, f.test()), "%s: the lattice has no arrow from %s to %s", f.name, f.pkg(), imp)
		}
		pure := r.std != nil
		assert.False(t, pure && f.clock && !f.test(), "%s: package %s reads the clock", f.name, f.pkg())
	}
}

func TestLatticeHasNoPackageThatIsNotThere(t *testing.T) {
	there := map[string]bool{}
	for _, f := range sources(t) {
		there[f.pkg()] = true
	}
	for pkg := range lattice {
		assert.True(t, there[pkg], "package %s is in the lattice and nowhere else", pkg)
	}
}

func TestLatticeRefuses(t *testing.T) {
	for _, c := range []struct {
		pkg, imp string
		test     bool
		want     bool
	}{
		{"model", "strings", false, true},
		{"model", "os", false, false},
		{"model", "math/rand/v2", false, false},
		{"model", "sync", false, false},
		{"model", module + "/model/wire", false, false},
		{"model", module + "/model/wire", true, true},
		{"model", "pgregory.net/rapid", true, true},
		{"model", "pgregory.net/rapid", false, false},
		{"model", "github.com/leanovate/gopter", true, false},
		{"properties", module + "/fuzz", false, false},
		{"properties/rapidgen", "pgregory.net/rapid", false, true},
		{"properties/rapidgen", "github.com/leanovate/gopter", false, false},
		{"fuzz", "github.com/emersion/go-imap/v2", false, false},
		{"fuzz/target", "github.com/emersion/go-imap/v2/imapserver", false, true},
		{"fuzz/target", "github.com/emersion/go-imap/v20", false, false},
		{"fuzz", "testing", false, false},
		{"fuzz", "testing/iotest", true, true},
		{"properties/servertest", "testing", false, true},
		{"properties/servertest", "pgregory.net/rapid", false, false},
		{"properties/servertest", "github.com/rogpeppe/go-internal/testscript", false, false},
		{"corpus", "github.com/stretchr/testify/require", false, false},
		{"corpus", "github.com/spf13/cobra", true, false},
	} {
		assert.Equal(t, c.want, lattice[c.pkg].allows(c.imp, c.test), "%s imports %s, in a test: %v", c.pkg, c.imp, c.test)
	}
}

// An arrow of the lattice never leads back, through any number of packages.
func TestLatticeHasNoCircle(t *testing.T) {
	var visit func(pkg string, above []string)
	visit = func(pkg string, above []string) {
		require.NotContains(t, above, pkg)
		for _, next := range lattice[pkg].house {
			visit(next, append(slices.Clone(above), pkg))
		}
	}
	for pkg := range lattice {
		visit(pkg, nil)
	}
}

func TestCodeFolders(t *testing.T) {
	for _, f := range sources(t) {
		top, _, _ := strings.Cut(f.name, "/")
		assert.Contains(t, []string{"model", "fuzz", "properties", "cmd", "corpus"}, top, "%s is in no room", f.name)
	}
}

// allows reports whether a file of the package may import imp. Tests may import
// what they like of the house and of the standard library.
func (r room) allows(imp string, test bool) bool {
	within := func(modules []string) bool {
		return slices.ContainsFunc(modules, func(m string) bool { return imp == m || strings.HasPrefix(imp, m+"/") })
	}
	first, _, _ := strings.Cut(imp, "/")
	switch {
	case strings.HasPrefix(imp, module+"/"):
		return test || slices.Contains(r.house, strings.TrimPrefix(imp, module+"/"))
	case strings.Contains(first, "."):
		return within(r.others) || test && (within(testOthers) || within(r.tests))
	case test:
		return true
	case imp == "testing" || strings.HasPrefix(imp, "testing/"):
		return r.helper
	}
	return r.std == nil || slices.Contains(r.std, imp)
}

// sources are all Go files of the module, those of build constraints included.
func sources(t *testing.T) []source {
	t.Helper()
	top := ".."
	var list []source
	err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != top && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() && name != top && isModule(name):
			return fs.SkipDir // it is not of this module
		case d.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		rel, err := filepath.Rel(top, name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		s := source{name: filepath.ToSlash(rel)}
		for _, spec := range f.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, imp)
		}
		s.clock = readsClock(f)
		list = append(list, s)
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, list)
	return list
}

// isModule reports whether the folder is the top of a module.
func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// readsClock reports whether the file uses a function of noClock.
func readsClock(f *ast.File) bool {
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := sel.X.(*ast.Ident)
		found = found || ok && pkg.Name == "time" && slices.Contains(noClock, sel.Sel.Name)
		return true
	})
	return found
}
