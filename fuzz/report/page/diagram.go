package page

import (
	"fmt"

	"github.com/imapcheck/imapcheck/model"
)

// The figure is drawn upright, for a phone's width, in units of about a pixel.
const (
	figureWidth, figureHeight = 400, 548
	boxLeft, boxWidth         = 106, 188
	boxHeight, middle         = 64, 200
	leftRail, innerRail       = 36, 78 // arrows (3) and (2)
	rightRail                 = 370    // arrow (7)
)

// diagram is the figure of RFC 3501 section 3.
type diagram struct {
	Width, Height int
	Boxes         []box
	Paths         []path
}

// box is a state.
type box struct {
	*state
	X, Y, W, H, Middle int
}

// Down is y and so many units below the top of the box.
func (b box) Down(by int) int { return b.Y + by }

// path is an arrow with its label.
type path struct {
	D      string // as SVG has it
	X, Y   int    // the middle of the label
	Number model.Arrow
	Total  int
}

// LabelX and LabelW are the box of the label, by how long its text is.
func (p path) LabelX() int { return p.X - p.LabelW()/2 }

// LabelW is how wide the label is.
func (p path) LabelW() int { return 36 + 7*len(count(p.Total)) }

// LabelY and TextY are the top of the box of the label, and the base of its text.
func (p path) LabelY() int { return p.Y - 10 }

// TextY is below the middle.
func (p path) TextY() int { return p.Y + 4 }

// tops are where the boxes begin.
var tops = map[model.Phase]int{model.Unopened: 6, model.NotAuthenticated: 92, model.Authenticated: 220, model.Selected: 348, model.Logout: 476}

func draw(states []*state, arrows []arrow) diagram {
	d := diagram{Width: figureWidth, Height: figureHeight}
	for _, s := range states {
		b := box{state: s, X: boxLeft, Y: tops[s.Phase], W: boxWidth, H: boxHeight, Middle: middle}
		if s.Phase == model.Unopened {
			b.H = 40
		}
		d.Boxes = append(d.Boxes, b)
	}
	const right = boxLeft + boxWidth
	center := func(p model.Phase) int { return tops[p] + boxHeight/2 }
	for _, a := range arrows {
		p := path{Number: a.Number, Total: a.Total, X: middle}
		from, to := tops[a.From]+boxHeight, tops[a.To]
		switch {
		case a.Number == model.GreetingOK:
			p.D, p.Y = fmt.Sprintf("M%d 46V%d", middle, to), (46+to)/2
		case a.Number == model.GreetingPreauth:
			p.D = fmt.Sprintf("M%d 34H%dV%dH%d", boxLeft, innerRail, center(a.To), boxLeft)
			p.X, p.Y = innerRail, 186
		case a.Number == model.GreetingBye:
			p.D = fmt.Sprintf("M%d 18H%dV%dH%d", boxLeft, leftRail, center(a.To), boxLeft)
			p.X, p.Y = leftRail, 312
		case a.From == a.To: // it is left and entered, and not drawn
			continue
		case a.Number == model.Login:
			p.D, p.Y = fmt.Sprintf("M%d %dV%d", middle, from, to), (from+to)/2
		case a.Number == model.Select:
			p.X, p.Y = middle-46, (from+to)/2
			p.D = fmt.Sprintf("M%d %dV%d", p.X, from, to)
		case a.Number == model.Deselect:
			up := tops[a.To] + boxHeight
			p.X, p.Y = middle+46, (up+tops[a.From])/2
			p.D = fmt.Sprintf("M%d %dV%d", p.X, tops[a.From], up)
		default:
			p.D = fmt.Sprintf("M%d %dH%dV%dH%d", right, center(a.From), rightRail, center(a.To), right)
			p.X, p.Y = rightRail-6, center(a.From)+44
		}
		d.Paths = append(d.Paths, p)
	}
	return d
}
