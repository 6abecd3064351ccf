package explain

// longest is how many characters of a value are compared one by one; longer ones are shown as wholly different unless equal.
const longest = 200

// differences divides two values into what they share and what each has alone: character by character where they are equally long, else by their longest common
// subsequence. Values that share less than half are wholly different: stray characters in common would only confuse. Nothing is marked where one is empty.
func differences(left, right string) (a, b []Run) {
	if left == right || left == "" || right == "" {
		return whole(left, false), whole(right, false)
	}
	x, y := []rune(left), []rune(right)
	if len(x) > longest || len(y) > longest {
		return whole(left, true), whole(right, true)
	}
	keepX, keepY := make([]bool, len(x)), make([]bool, len(y))
	if len(x) == len(y) {
		for i := range x {
			keepX[i] = x[i] == y[i]
		}
		keepY = keepX
	} else {
		common(x, y, keepX, keepY)
	}
	if 2*count(keepX) < max(len(x), len(y)) {
		return whole(left, true), whole(right, true)
	}
	return runs(x, keepX), runs(y, keepY)
}

func whole(s string, differs bool) []Run {
	if s == "" {
		return nil
	}
	return []Run{{s, differs}}
}

func count(keep []bool) (n int) {
	for _, k := range keep {
		if k {
			n++
		}
	}
	return n
}

// common marks the longest common subsequence.
func common(x, y []rune, keepX, keepY []bool) {
	length := make([][]int, len(x)+1)
	for i := range length {
		length[i] = make([]int, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch {
		case x[i] == y[j]:
			keepX[i], keepY[j] = true, true
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
}

// runs joins neighbouring characters of the same kind.
func runs(chars []rune, keep []bool) (all []Run) {
	for start := 0; start < len(chars); {
		end := start + 1
		for end < len(chars) && keep[end] == keep[start] {
			end++
		}
		all = append(all, Run{string(chars[start:end]), !keep[start]})
		start = end
	}
	return all
}
