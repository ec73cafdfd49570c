package servertest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/imapcheck/imapcheck/fuzz/target"
	"github.com/imapcheck/imapcheck/model"
	"github.com/imapcheck/imapcheck/properties/servertest"
)

// What a real server is newly said to break is most likely our error: this is the test
// that nothing is reported which is not so. The sessions of the families are for servers
// that lie and hang as well, so they go where random traces do not.
func TestRealServersShowOnlyWhatIsKnown(t *testing.T) {
	missing := map[string]string{}
	for _, i := range target.Known() {
		missing[i.Spec] = i.Missing
	}
	for _, spec := range []string{"dovecot:stdio", "courier", "mailutils", "gomem1", "gluon", "cyrus:stdio"} {
		t.Run(spec, func(t *testing.T) {
			name, _, _ := strings.Cut(spec, ":")
			if why := missing[name]; why != "" {
				t.Skipf("%s: %s", name, why)
			}
			if testing.Short() && name != "dovecot" {
				t.Skip("Dovecot is the yardstick")
			}
			servertest.Run(t, servertest.Spec(spec, target.Options{}), servertest.Known("../../corpus/known/"+name+".txt"),
				servertest.Level(model.SHOULD), servertest.Commands(0), servertest.NoShrink(),
				servertest.Timeout(5*time.Second)) // a failed LOGIN takes three at Cyrus
		})
	}
}
