package tests

import "slices"

// Smallest finds which of n things are needed for something to work that works with all
// of them: without any one of those that it returns it does not. Those that come first
// are preferred. It asks no more often than most times; what it returns has worked, only
// there may be more than are needed then.
func Smallest(n, most int, works func(set []int) (bool, error)) ([]int, error) {
	var needed []int // that there is no way without, the last first
	for n > 0 {
		// The fewest of the first ones with which it works: low do not, high do.
		low, high := -1, n
		if len(needed) == 0 {
			low = 0
		}
		for middle := low + 1; high-low > 1; middle = (low + high) / 2 { // most often it is the first
			if most--; most < 0 {
				return with(high, needed), nil
			}
			ok, err := works(with(middle, needed))
			switch {
			case err != nil:
				return nil, err
			case ok:
				high = middle
			default:
				low = middle
			}
		}
		if high == 0 {
			break
		}
		needed = append(needed, high-1)
		n = high - 1
	}
	return with(0, needed), nil
}

// with are the first n things and those that are needed besides, in order.
func with(n int, needed []int) []int {
	out := make([]int, 0, n+len(needed))
	for i := range n {
		out = append(out, i)
	}
	for _, i := range slices.Backward(needed) {
		out = append(out, i)
	}
	return out
}
