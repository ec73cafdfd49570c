package validate

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// workflow is as much of one as is run here.
type workflow struct {
	Jobs map[string]job `json:"jobs"`
}

type job struct {
	If       string            `json:"if"`
	Env      map[string]string `json:"env"`
	Steps    []step            `json:"steps"`
	Strategy struct {
		Matrix struct {
			Name    []string            `json:"name"`
			Shard   []int               `json:"shard"`
			Include []map[string]string `json:"include"`
		} `json:"matrix"`
	} `json:"strategy"`
}

type step struct {
	Name            string            `json:"name"`
	If              string            `json:"if"`
	Uses            string            `json:"uses"`
	With            map[string]any    `json:"with"`
	Env             map[string]string `json:"env"`
	Run             string            `json:"run"`
	ContinueOnError bool              `json:"continue-on-error"`
}

// service is GitHub, as far as a workflow can tell: what it keeps between jobs and runs.
type service struct {
	t         *testing.T
	project   string // what is checked out
	caches    map[string]string
	saved     []string // keys of caches, oldest first
	artifacts map[string]string
	sarif     []string // reports that were uploaded
	run       int
	event     string
}

func newService(t *testing.T, project string) *service {
	return &service{t: t, project: project, caches: map[string]string{}, event: "schedule"}
}

// execution is one of a job.
type execution struct {
	*service
	dir     string // the working folder
	matrix  map[string]string
	failed  bool
	summary string
	log     string
}

// night runs the whole workflow; the executions are those of the shards, then of the merge.
func (s *service) night(event string) (list []*execution) {
	s.t.Helper()
	s.run++
	s.event, s.artifacts, s.sarif = event, map[string]string{}, nil
	var w workflow
	require.NoError(s.t, yaml.Unmarshal(read(s.t, filepath.Join(s.project, ".github/workflows/imapcheck.yml")), &w))
	require.Len(s.t, w.Jobs, 2)
	fuzz, merge := w.Jobs["fuzz"], w.Jobs["merge"]
	for _, name := range fuzz.Strategy.Matrix.Name {
		for _, shard := range fuzz.Strategy.Matrix.Shard {
			row := map[string]string{"name": name, "shard": fmt.Sprint(shard)}
			for _, more := range fuzz.Strategy.Matrix.Include {
				if more["name"] == name {
					maps.Copy(row, more)
				}
			}
			list = append(list, s.execute(fuzz, row))
		}
	}
	if e := (&execution{service: s}); e.condition(merge.If) {
		for _, name := range merge.Strategy.Matrix.Name {
			list = append(list, s.execute(merge, map[string]string{"name": name}))
		}
	}
	return list
}

// execute runs the steps of a job in a new folder.
func (s *service) execute(j job, matrix map[string]string) *execution {
	s.t.Helper()
	e := &execution{service: s, dir: s.t.TempDir(), matrix: matrix}
	summary := filepath.Join(s.t.TempDir(), "summary")
	require.NoError(s.t, os.WriteFile(summary, nil, 0o600))
	for _, st := range j.Steps {
		if !e.condition(st.If) {
			continue
		}
		ok := true
		switch {
		case st.Uses != "":
			ok = e.use(st)
		case strings.HasPrefix(st.Run, "go install github.com/imapcheck/imapcheck/cmd/imapcheck@"):
			// It is on the path.
		default:
			env := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary, "CI": "true"}
			for _, vars := range []map[string]string{j.Env, st.Env} {
				for k, v := range vars {
					env[k] = e.fill(v)
				}
			}
			script := filepath.Join(s.t.TempDir(), "step.sh")
			require.NoError(s.t, os.WriteFile(script, []byte(e.fill(st.Run)), 0o600))
			p := start(s.t, e.dir, env, "bash", "--noprofile", "--norc", "-eo", "pipefail", script)
			status := p.wait(s.t)
			e.log += fmt.Sprintf("== %s: %d\n%s\n", st.Name, status, p.said(s.t))
			ok = status == 0
		}
		e.failed = e.failed || !ok && !st.ContinueOnError
	}
	e.summary = string(read(s.t, summary))
	return e
}

// use does what the action would.
func (e *execution) use(st step) bool {
	input := func(name string) string { return e.fill(fmt.Sprint(st.With[name])) }
	path := func(name string) string { return filepath.Join(e.dir, name) }
	action, _, _ := strings.Cut(st.Uses, "@")
	switch action {
	case "actions/checkout":
		require.NoError(e.t, os.CopyFS(e.dir, os.DirFS(e.project)))
	case "actions/setup-go":
	case "actions/cache/restore":
		for _, key := range slices.Backward(e.saved) {
			if key == input("key") || strings.HasPrefix(key, input("restore-keys")) {
				require.NoError(e.t, os.CopyFS(path(input("path")), os.DirFS(e.caches[key])))
				break
			}
		}
	case "actions/cache/save":
		key := input("key")
		require.NotContains(e.t, e.caches, key, "a cache is never replaced")
		e.caches[key] = e.t.TempDir()
		e.saved = append(e.saved, key)
		require.NoError(e.t, os.CopyFS(e.caches[key], os.DirFS(path(input("path")))))
	case "actions/upload-artifact":
		to := e.t.TempDir()
		e.artifacts[input("name")] = to
		for _, name := range strings.Fields(input("path")) {
			e.upload(path(name), filepath.Join(to, name))
		}
	case "actions/download-artifact":
		for name, from := range e.artifacts {
			if ok, err := filepath.Match(input("pattern"), name); ok && err == nil {
				require.NoError(e.t, os.CopyFS(filepath.Join(path(input("path")), name), os.DirFS(from)))
			}
		}
	case "github/codeql-action/upload-sarif":
		e.sarif = append(e.sarif, string(read(e.t, path(input("sarif_file")))))
	default:
		require.Fail(e.t, "no such action here: "+st.Uses)
	}
	return true
}

// upload leaves out what begins with a dot, as the action does.
func (e *execution) upload(from, to string) {
	info, err := os.Stat(from)
	if os.IsNotExist(err) {
		return
	}
	require.NoError(e.t, err)
	if !info.IsDir() {
		require.NoError(e.t, os.MkdirAll(filepath.Dir(to), 0o700))
		require.NoError(e.t, os.WriteFile(to, read(e.t, from), 0o600))
		return
	}
	entries, err := os.ReadDir(from)
	require.NoError(e.t, err)
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), ".") {
			e.upload(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name()))
		}
	}
}

var (
	expression = regexp.MustCompile(`\$\{\{ (.*?) \}\}`)
	onRequest  = regexp.MustCompile(`^github\.event_name == 'pull_request' && '(\w+)' \|\| '(\w+)'$`)
	hashOf     = regexp.MustCompile(`^hashFiles\('([\w.]+)'\) != ''$`)
)

// fill puts values in the place of expressions.
func (e *execution) fill(text string) string {
	return expression.ReplaceAllStringFunc(text, func(x string) string {
		x = expression.FindStringSubmatch(x)[1]
		if m := onRequest.FindStringSubmatch(x); m != nil {
			if e.event == "pull_request" {
				return m[1]
			}
			return m[2]
		}
		if name, ok := strings.CutPrefix(x, "matrix."); ok {
			value, there := e.matrix[name]
			require.True(e.t, there, x)
			return value
		}
		value, there := map[string]string{
			"github.run_id": fmt.Sprint(100 + e.run), "github.run_number": fmt.Sprint(e.run), "github.run_attempt": "1",
			"secrets.IMAPCHECK_PASSWORD": "",
		}[x]
		require.True(e.t, there, x)
		return value
	})
}

// condition evaluates an "if".
func (e *execution) condition(text string) bool {
	if m := expression.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	result, whatever := true, false
	for term := range strings.SplitSeq(text, " && ") {
		switch m := hashOf.FindStringSubmatch(term); {
		case m != nil:
			_, err := os.Stat(filepath.Join(e.dir, m[1]))
			result = result && err == nil
		case term == "":
		case term == "always()" || term == "!cancelled()":
			whatever = true
		case term == "github.event_name != 'pull_request'":
			result = result && e.event != "pull_request"
		default:
			require.Fail(e.t, "no such condition here: "+text)
		}
	}
	return result && (whatever || !e.failed)
}

// report is as much of --json as is looked at here.
type report struct {
	Seed     int `json:"seed"`
	Commands int `json:"commands"`
	Findings []struct {
		Key   string `json:"key"`
		Known bool   `json:"known"`
	} `json:"findings"`
}

// report is that of a shard's artifact.
func (s *service) report(name string) (r report) {
	s.t.Helper()
	require.Contains(s.t, s.artifacts, name)
	require.NoError(s.t, json.Unmarshal(read(s.t, filepath.Join(s.artifacts[name], "imapcheck-reports/report.json")), &r))
	return r
}

// results are the keys that a SARIF report has, and which of them are suppressed.
func results(t *testing.T, text string) (all, suppressed []string) {
	t.Helper()
	var s struct {
		Version string `json:"version"`
		Runs    []struct {
			Tool struct {
				Driver struct {
					Rules []struct {
						ID string `json:"id"`
					} `json:"rules"`
				} `json:"driver"`
			} `json:"tool"`
			Results []struct {
				RuleID       string            `json:"ruleId"`
				Fingerprints map[string]string `json:"partialFingerprints"`
				Suppressions []any             `json:"suppressions"`
			} `json:"results"`
		} `json:"runs"`
	}
	require.NoError(t, json.Unmarshal([]byte(text), &s))
	require.Equal(t, "2.1.0", s.Version)
	require.Len(t, s.Runs, 1)
	rules := map[string]bool{}
	for _, r := range s.Runs[0].Tool.Driver.Rules {
		require.False(t, rules[r.ID], r.ID)
		rules[r.ID] = true
	}
	for _, r := range s.Runs[0].Results {
		require.True(t, rules[r.RuleID], r.RuleID)
		all = append(all, r.Fingerprints["imapcheckKey/v1"])
		if len(r.Suppressions) > 0 {
			suppressed = append(suppressed, r.Fingerprints["imapcheckKey/v1"])
		}
	}
	return all, suppressed
}
