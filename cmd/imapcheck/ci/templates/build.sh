#!/bin/bash -eu
<% template "made" . %>
#
# It builds LibFuzzerIMAP, which the package has under the build tag gofuzz. A native
# FuzzIMAP will not do here: its *testing.F is exchanged for another type, which
# servertest.Fuzz does not take.
compile_go_fuzzer <% shell .ImportPath %> LibFuzzerIMAP fuzz_imap gofuzz

# The engine begins with what is in the zip file, and not with what a test adds.
if ! command -v imapcheck >/dev/null; then
  version=$(go list -m -f '{{.Version}}' github.com/imapcheck/imapcheck)
  go install "github.com/imapcheck/imapcheck/cmd/imapcheck@$version"
  PATH=$PATH:$(go env GOPATH)/bin
fi
seeds=$(mktemp -d)
imapcheck corpus export --raw "$seeds" --sessions 2
(cd "$seeds" && find . -type f | LC_ALL=C sort | zip -q -X -@ "$OUT/fuzz_imap_seed_corpus.zip")
rm -r "$seeds"
