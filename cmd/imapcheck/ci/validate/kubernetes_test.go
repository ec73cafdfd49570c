package validate

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

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

// Two nights on a cluster, with a volume that is a folder.
func TestKubernetesNights(t *testing.T) {
	dir := project(t, "--target", faulty, "--shards", "2", "--commands", "1000")
	config := setup(t, dir)
	shards, merge := night(t, dir)
	corpora, scripts := filepath.Join(dir, "corpora"), filepath.Join(dir, "scripts")
	put := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	for name, text := range config.Data {
		put(filepath.Join(scripts, name), text)
	}
	pod := func(job batch.Job, more ...string) *process {
		env := environment(job)
		delete(env, "PATH")
		env["CORPORA"], env["KNOWN"], env["WAIT"] = corpora, filepath.Join(scripts, "known.txt"), "0.1"
		script := strings.Replace(job.Spec.Template.Spec.Containers[0].Command[1], "/scripts", scripts, 1)
		for _, m := range more {
			name, value, _ := strings.Cut(m, "=")
			env[name] = value
		}
		return start(t, dir, env, "sh", script)
	}
	for i, want := range []struct{ first, second, merge int }{{1, 1, 1}, {0, 0, 0}, {0, 2, 2}} {
		// The merge waits for the shards, whichever comes first.
		m := pod(merge)
		one := pod(shards, "JOB_COMPLETION_INDEX=0")
		target := faulty
		if i == 2 {
			target = "imap://127.0.0.1:1"
		}
		two := pod(shards, "JOB_COMPLETION_INDEX=1", "TARGET="+target)
		assert.Equal(t, want.first, one.wait(t), "night %d: %s", i, one.said(t))
		assert.Equal(t, want.second, two.wait(t), "night %d: %s", i, two.said(t))
		require.Equal(t, want.merge, m.wait(t), "night %d: %s", i, m.said(t))

		assert.NotEmpty(t, files(t, filepath.Join(corpora, "merged"), "*.trace"))
		for _, name := range []string{"junit.xml", "imapcheck.sarif", "report.json", "report.html"} {
			assert.NotEmpty(t, read(t, filepath.Join(corpora, "shards", "1", name)))
		}
		assert.Empty(t, files(t, corpora, "status"), "the next night waits for its own")
		put(filepath.Join(scripts, "known.txt"), strings.Join(faultKeys, "\n")+"\n")
	}
}
