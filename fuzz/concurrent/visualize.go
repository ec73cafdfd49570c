package concurrent

import (
	"fmt"

	"github.com/anishathalye/porcupine"

	"github.com/imapcheck/imapcheck/model"
)

// Visualize writes a page in HTML that shows the operations with that key that no order
// explains, and how far each order gets.
func Visualize(m model.Machine, t model.Transcript, key, path string) error {
	for _, p := range unordered(m, t) {
		if p.violation().Key() != key {
			continue
		}
		_, info := porcupine.CheckOperationsVerbose(p.model(), p.drawn(), patience)
		if err := porcupine.VisualizePath(p.model(), info, path); err != nil {
			return fmt.Errorf("the picture of %s: %w", key, err)
		}
		return nil
	}
	return fmt.Errorf("no order is missing for %s", key)
}

// drawn is the history with the commands that have no end ending behind all others.
func (p *part) drawn() []porcupine.Operation {
	list := p.history()
	last := int64(0)
	for i := range list {
		last = max(last, list[i].Call)
		if list[i].Return != neverEnded {
			last = max(last, list[i].Return)
		}
	}
	for i := range list {
		list[i].Return = min(list[i].Return, last+1)
	}
	return list
}
