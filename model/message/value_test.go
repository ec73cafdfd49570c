package message

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCanonical(t *testing.T) {
	for raw, want := range map[string]string{
		`NIL`:                          `NIL`,
		`(nil "a" {1}` + "\r\nb" + `)`: `(NIL "a" "b")`,
		`("a\"b" {3}` + "\r\na\"b 07)": `("a\"b" "a\"b" 07)`,
		`( "a"  ("b")("c") )`:          `("a" ("b") ("c"))`,
		`("folded` + "\t" + ` text")`:  `("folded text")`,
		`("caf` + "\xe9" + `")`:        `({4}` + "\r\ncaf\xe9)",
		`("open`:                       `("open`,
		`() trailing`:                  `() trailing`,
	} {
		assert.Equal(t, want, Canonical(raw), raw)
		assert.Equal(t, want, Canonical(want), "it is canonical already")
	}
}
