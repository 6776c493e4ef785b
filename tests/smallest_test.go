package tests

import (
	"reflect"
	"testing"
)

func TestSmallest(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		n, most int
		needs   []int
		want    []int
		asked   int
	}{
		{n: 0, most: 9, want: []int{}, asked: 0},
		{n: 1, most: 9, needs: []int{0}, want: []int{0}, asked: 0},
		{n: 40, most: 30, needs: []int{0}, want: []int{0}, asked: 1},
		{n: 40, most: 30, needs: []int{39}, want: []int{39}, asked: 8},
		{n: 40, most: 30, needs: []int{3, 17, 20}, want: []int{3, 17, 20}, asked: 17},
		{n: 3, most: 30, needs: []int{0, 1, 2}, want: []int{0, 1, 2}, asked: 5},
		{n: 4, most: 1, needs: []int{1}, want: []int{0, 1, 2, 3}, asked: 1},
		{n: 4, most: 2, needs: []int{1}, want: []int{0, 1}, asked: 2},
	} {
		asked := 0
		got, err := Smallest(test.n, test.most, func(set []int) (bool, error) {
			asked++
			has := map[int]bool{}
			for _, i := range set {
				has[i] = true
			}
			for _, need := range test.needs {
				if !has[need] {
					return false, nil
				}
			}
			return true, nil
		})
		if err != nil || !reflect.DeepEqual(got, test.want) || asked != test.asked {
			t.Errorf("of %d %v: %v after %d, %v; want %v after %d", test.n, test.needs, got, asked, err, test.want, test.asked)
		}
	}
}
