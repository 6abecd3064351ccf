package web

import "encoding/json"

// liveState is the counts by page and the line's last word, as JSON.
func (c *call) liveState() (string, error) {
	items, err := c.menu(countsFor)
	if err != nil {
		return "", err
	}
	state, err := c.exchange()
	if err != nil {
		return "", err
	}
	counts := make(map[string]int64)
	for _, item := range items {
		if item.Counted {
			counts[item.Href] = item.Count
		}
	}
	text, err := json.Marshal(map[string]any{"counts": counts, "heard": instant(state.Last)})
	return string(text), err
}
