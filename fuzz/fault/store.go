package fault

import "slices"

var store = slices.Concat(kept, content, searched, named)
