package bench

// hints are commands that faults need and that neither the alphabet nor a short campaign has.
var hints = map[string][]string{
	"expunge-between":         {`STORE 1,3 +FLAGS (\Deleted)`, "FETCH 1:3 FLAGS"},
	"names-refused-done":      {"CREATE a junk", "RENAME INBOX a junk", "SUBSCRIBE a junk"},
	"recent-refused-done":     {`STORE 1 FLAGS (\Recent)`},
	"rename-inbox-inferiors":  {"CREATE INBOX/a"},
	"rename-leaves-inferiors": {"CREATE a/b/c"},
	"search-not-list":         {"SEARCH NOT (1 2)"},
	"search-sent-internal":    {"SEARCH SENTBEFORE 1-Jan-2020", "SEARCH SENTBEFORE 2-Jan-2020", "SEARCH SENTBEFORE 3-Jan-2020", "SEARCH SENTBEFORE 4-Jan-2020"},
	"search-set-one":          {"SEARCH 1:* ALL NOT ALL", "SEARCH 1 ALL 2"},
	"store-refused-done":      {`STORE 1 FLAGS (\Seen) junk`},
}
