package validate

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"
)

// manifests are the documents of a file.
func manifests(t *testing.T, dir, name string) [][]byte {
	t.Helper()
	return bytes.Split(read(t, filepath.Join(dir, ".imapcheck/kubernetes", name)), []byte("\n---\n"))
}

// decode refuses what the API has no field for.
func decode(t *testing.T, text []byte, v any) {
	t.Helper()
	require.NoError(t, yaml.UnmarshalStrict(text, v))
}

// setup is what stays in the cluster.
func setup(t *testing.T, dir string) (config core.ConfigMap) {
	t.Helper()
	docs := manifests(t, dir, "setup.yaml")
	require.Len(t, docs, 2)
	var claim core.PersistentVolumeClaim
	decode(t, docs[0], &claim)
	assert.Equal(t, "v1/PersistentVolumeClaim", claim.APIVersion+"/"+claim.Kind)
	assert.False(t, claim.Spec.Resources.Requests.Storage().IsZero())
	decode(t, docs[1], &config)
	assert.Equal(t, "v1/ConfigMap", config.APIVersion+"/"+config.Kind)
	for key := range config.Data {
		assert.Empty(t, validation.IsConfigMapKey(key))
	}
	return config
}

// night are the two jobs.
func night(t *testing.T, dir string) (shards, merge batch.Job) {
	t.Helper()
	docs := manifests(t, dir, "night.yaml")
	require.Len(t, docs, 2)
	decode(t, docs[0], &shards)
	decode(t, docs[1], &merge)
	return shards, merge
}

func TestKubernetes(t *testing.T) {
	for name, args := range variants {
		t.Run(name, func(t *testing.T) {
			dir := project(t, args...)
			config := setup(t, dir)
			shards, merge := night(t, dir)
			for _, job := range []batch.Job{shards, merge} {
				sound(t, job, config)
			}
			n := int32(4)
			if name == "one shard" {
				n = 1
			}
			require.NotNil(t, shards.Spec.CompletionMode)
			assert.Equal(t, batch.IndexedCompletion, *shards.Spec.CompletionMode)
			assert.Equal(t, n, *shards.Spec.Completions)
			assert.Equal(t, n, *shards.Spec.Parallelism)
			assert.Zero(t, *shards.Spec.BackoffLimitPerIndex, "a finding of one shard does not end the others")
			assert.Nil(t, shards.Spec.BackoffLimit)
			assert.Equal(t, strconv.Itoa(int(n)), environment(merge)["SHARDS"])
		})
	}
	shards, _ := night(t, project(t, variants["address"]...))
	server := shards.Spec.Template.Spec.InitContainers[1]
	assert.Equal(t, core.ContainerRestartPolicyAlways, *server.RestartPolicy)
	assert.Equal(t, []string{"sh", "-c", variants["address"][1]}, server.Command)
	assert.Equal(t, "--user u%d --users 9", environment(shards)["FLAGS"])
}

// sound is what the API server demands of a Job beside its fields.
func sound(t *testing.T, job batch.Job, config core.ConfigMap) {
	t.Helper()
	assert.Equal(t, "batch/v1/Job", job.APIVersion+"/"+job.Kind)
	assert.Empty(t, validation.IsDNS1123Label(job.Name))
	for k, v := range job.Labels {
		assert.Empty(t, validation.IsQualifiedName(k))
		assert.Empty(t, validation.IsValidLabelValue(v))
	}
	pod := job.Spec.Template.Spec
	assert.Equal(t, core.RestartPolicyNever, pod.RestartPolicy)
	volumes := map[string]bool{}
	for _, v := range pod.Volumes {
		assert.Empty(t, validation.IsDNS1123Label(v.Name))
		volumes[v.Name] = true
		if v.ConfigMap != nil {
			assert.Equal(t, config.Name, v.ConfigMap.Name)
		}
	}
	require.Len(t, pod.Containers, 1)
	for _, c := range append(pod.InitContainers, pod.Containers...) {
		assert.Empty(t, validation.IsDNS1123Label(c.Name))
		assert.NotEmpty(t, c.Image)
		assert.NotEmpty(t, c.Command)
		for _, e := range c.Env {
			assert.Empty(t, validation.IsEnvVarName(e.Name))
		}
		for _, m := range c.VolumeMounts {
			assert.True(t, volumes[m.Name], m.Name)
		}
	}
	script := strings.TrimPrefix(pod.Containers[0].Command[1], "/scripts/")
	assert.Contains(t, config.Data, script)
}

// environment is that of a job's main container, as far as it is in the manifest.
func environment(job batch.Job) map[string]string {
	env := map[string]string{}
	for _, e := range job.Spec.Template.Spec.Containers[0].Env {
		if e.ValueFrom == nil {
			env[e.Name] = e.Value
		}
	}
	return env
}

// cluster is a volume that is a folder, and pods that are processes.
type cluster struct {
	t                     *testing.T
	dir, corpora, scripts string
	shards, merge         batch.Job
}

func newCluster(t *testing.T, args ...string) *cluster {
	t.Helper()
	dir := project(t, args...)
	c := &cluster{t: t, dir: dir, corpora: filepath.Join(dir, "corpora"), scripts: filepath.Join(dir, "scripts")}
	c.shards, c.merge = night(t, dir)
	require.NoError(t, os.Mkdir(c.scripts, 0o700))
	for name, text := range setup(t, dir).Data {
		c.put(name, text)
	}
	return c
}

// put writes a file of the ConfigMap.
func (c *cluster) put(name, text string) {
	c.t.Helper()
	require.NoError(c.t, os.WriteFile(filepath.Join(c.scripts, name), []byte(text), 0o600))
}

// pod starts one of a job, with more variables.
func (c *cluster) pod(job batch.Job, more ...string) *process {
	c.t.Helper()
	env := environment(job)
	env["CORPORA"], env["KNOWN"], env["WAIT"] = c.corpora, filepath.Join(c.scripts, "known.txt"), "0.1"
	for _, m := range more {
		name, value, _ := strings.Cut(m, "=")
		env[name] = value
	}
	return start(c.t, c.dir, env, "sh", strings.Replace(job.Spec.Template.Spec.Containers[0].Command[1], "/scripts", c.scripts, 1))
}

// Three nights: with new findings, with none, and with trouble.
func TestKubernetesNights(t *testing.T) {
	c := newCluster(t, "--target", faulty, "--shards", "2", "--commands", "1000")
	for i, want := range []struct{ first, second, merge int }{{1, 1, 1}, {0, 0, 0}, {0, 2, 2}} {
		// The merge waits for the shards, whichever comes first.
		m := c.pod(c.merge)
		one := c.pod(c.shards, "JOB_COMPLETION_INDEX=0")
		target := faulty
		if i == 2 {
			target = "imap://127.0.0.1:1"
		}
		two := c.pod(c.shards, "JOB_COMPLETION_INDEX=1", "TARGET="+target)
		assert.Equal(t, want.first, one.wait(t), "night %d: %s", i, one.said(t))
		assert.Equal(t, want.second, two.wait(t), "night %d: %s", i, two.said(t))
		require.Equal(t, want.merge, m.wait(t), "night %d: %s", i, m.said(t))

		assert.NotEmpty(t, files(t, filepath.Join(c.corpora, "merged"), "*.trace"))
		for _, name := range []string{"junit.xml", "imapcheck.sarif", "report.json", "report.html"} {
			assert.NotEmpty(t, read(t, filepath.Join(c.corpora, "shards", "1", name)))
		}
		assert.Empty(t, files(t, c.corpora, "status"), "the next night waits for its own")
		c.put("known.txt", strings.Join(faultKeys, "\n")+"\n")
	}
}

// A pod that is told to go writes its reports, and says how it has ended.
func TestKubernetesPodIsTold(t *testing.T) {
	c := newCluster(t, "--target", faulty, "--shards", "1", "--commands", "1000000000")
	p := c.pod(c.shards, "JOB_COMPLETION_INDEX=0")
	require.Eventually(t, func() bool { return strings.Contains(p.said(t), faultKeys[0]) }, time.Minute, 10*time.Millisecond)
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	assert.Equal(t, 1, p.wait(t), p.said(t))
	shard := filepath.Join(c.corpora, "shards", "1")
	assert.Equal(t, "1\n", string(read(t, filepath.Join(shard, "status"))))
	assert.Contains(t, string(read(t, filepath.Join(shard, "report.json"))), faultKeys[0])
	assert.NotEmpty(t, files(t, filepath.Join(shard, "corpus/findings"), "*.trace"))
}
