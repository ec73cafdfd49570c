package corpus

import "embed"

// Data holds the folders "known", "regressions" and "seeds" as they were when the
// program was built. See [ParseKnown] and [LoadFS].
//
//go:embed known/*.txt all:regressions all:seeds
var Data embed.FS
