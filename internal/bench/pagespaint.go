package bench

import "context"

// paint is measured by a browser.
func (m *pageRun) paint(ctx context.Context) ([]Result, error) { return nil, nil }
