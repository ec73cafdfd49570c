package properties_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// builtInto are the packages that a module of others gets into, through any number of
// imports; whoever imports none of them builds without it. Tests are not looked at: they
// are in nobody else's build.
var builtInto = map[string][]string{
	"pgregory.net/rapid":               {"properties/rapidgen", "cmd/imapcheck"}, // which compares them, and which nobody imports
	"github.com/leanovate/gopter":      {"properties/goptergen", "cmd/imapcheck"},
	"github.com/stretchr/testify":      {},
	"github.com/aclements/go-moremath": {"fuzz/bench", "cmd/imapcheck"},
	"github.com/spf13/cobra":           {"cmd/imapcheck"},
}

// Not to have a library for property-based testing in a build takes nothing but not to
// import its adapter.
func TestLibrariesReachTheirAdapterOnly(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}}: {{join .Deps " "}}`, "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	require.NoError(t, err)
	reached := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		pkg, deps, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !assert.True(t, ok, "%q", line) {
			continue
		}
		for lib := range builtInto {
			if slices.ContainsFunc(strings.Fields(deps), func(dep string) bool { return dep == lib || strings.HasPrefix(dep, lib+"/") }) {
				reached[lib] = append(reached[lib], strings.TrimPrefix(pkg, module+"/"))
			}
		}
	}
	for lib, want := range builtInto {
		assert.ElementsMatch(t, want, reached[lib], "packages that %s is built into", lib)
	}
}
