package corpus

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"strconv"
)

// goFuzzHead begins the first line of a file of Go's fuzzing engine, of whatever version.
const goFuzzHead = "go test fuzz "

// goFuzzV1 is the first line of those that there are.
const goFuzzV1 = goFuzzHead + "v1"

// FormatGoFuzz is the file, of those below testdata/fuzz, that hands the octets to a
// fuzz target whose argument is a []byte. It is the one that "go test -fuzz" writes,
// to the octet.
func FormatGoFuzz(octets []byte) []byte {
	return fmt.Appendf(nil, "%s\n[]byte(%q)\n", goFuzzV1, octets)
}

// IsGoFuzz reports whether b is meant to be a file of Go's fuzzing engine, and so is for
// [ParseGoFuzz]. No octets that come of a trace are.
func IsGoFuzz(b []byte) bool { return bytes.HasPrefix(b, []byte(goFuzzHead)) }

// ParseGoFuzz is the octets of a file of Go's fuzzing engine, which hands one value to
// its target, a []byte or a string. It takes what the engine takes: spaces around a line,
// empty lines, line ends of any kind, strings in backquotes. An error is one line.
func ParseGoFuzz(b []byte) ([]byte, error) {
	head, rest, _ := bytes.Cut(b, []byte("\n"))
	if head := bytes.TrimSuffix(head, []byte("\r")); string(head) != goFuzzV1 {
		return nil, lineError(1, "should be %s, got %s", quote(goFuzzV1), quote(string(head)))
	}
	var octets []byte
	values, n := 0, 1
	for text := range bytes.SplitSeq(rest, []byte("\n")) {
		n++
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		if values++; values > 1 {
			return nil, lineError(n, "the fuzz target has more than one argument: %s", quote(string(text)))
		}
		value, err := goFuzzValue(text)
		if err != nil {
			return nil, lineError(n, "%w: %s", err, quote(string(text)))
		}
		octets = []byte(value)
	}
	if values == 0 {
		return nil, errors.New("there is no value in it")
	}
	return octets, nil
}

var errGoFuzzValue = errors.New(`not []byte("...") or string("...")`)

// goFuzzValue is the value of a line: a conversion of a string literal.
func goFuzzValue(text []byte) (string, error) {
	expr, err := goparser.ParseExprFrom(token.NewFileSet(), "", text, 0)
	if err != nil {
		return "", errGoFuzzValue // the own words of the parser may be many lines
	}
	call, ok := expr.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return "", errGoFuzzValue
	}
	switch to := call.Fun.(type) {
	case *ast.ArrayType:
		if elt, ok := to.Elt.(*ast.Ident); to.Len != nil || !ok || elt.Name != "byte" {
			return "", errGoFuzzValue
		}
	case *ast.Ident:
		if to.Name != "string" {
			return "", errGoFuzzValue
		}
	default:
		return "", errGoFuzzValue
	}
	literal, ok := call.Args[0].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", errGoFuzzValue
	}
	return strconv.Unquote(literal.Value)
}

// GoFuzzName is the name that Go's engine gives a file with that text, so that it is
// there once: 16 digits of its SHA-256.
func GoFuzzName(text []byte) string { return fmt.Sprintf("%x", sha256.Sum256(text))[:16] }

// LibFuzzerName is the name that libFuzzer gives a file with those octets, so that it is
// there once: their SHA-1.
func LibFuzzerName(octets []byte) string { return fmt.Sprintf("%x", sha1.Sum(octets)) }
