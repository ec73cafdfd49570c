//go:build cgo

package main

import (
	"testing"

	"github.com/imapcheck/imapcheck/fuzz/target/goservers/internal/serve/servetest"
)

func TestMain(m *testing.M) { servetest.Main(m, main) }

func TestContract(t *testing.T) { servetest.Contract(t) }
