package report

import (
	"strings"

	"github.com/imapcheck/imapcheck/fuzz"
)

// Failure is a finding as the failure of a test: in plain text, and with the command
// line that judges its evidence again if that was saved.
func Failure(f *fuzz.Finding) string {
	replay := ""
	if f.File != "" {
		replay = "imapcheck replay " + f.File
	}
	return strings.TrimSuffix(Style{}.Finding(f, replay), "\n")
}
