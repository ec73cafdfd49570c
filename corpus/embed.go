package corpus

import "embed"

// Data holds the folders "regressions" and "seeds" as they were when the
// program was built. See [LoadFS].
//
//go:embed all:regressions all:seeds
var Data embed.FS
