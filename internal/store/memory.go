package store

import "sync"

// Memory keeps results beside a database that its readers would otherwise work out again and again. A value stands under a name with a stamp, which tells one state of what it
// was made of from another. It is safe for use by many goroutines.
type Memory struct {
	mu   sync.Mutex
	kept map[string]stamped
}

type stamped struct {
	stamp string
	value any
}

// memoryNames bounds how many values are kept: beyond it all are forgotten.
const memoryNames = 1 << 14

// Keep gives the value that stands under a name with that stamp, or makes it. Several who ask at once may each make it.
func Keep[T any](m *Memory, name, stamp string, work func() (T, error)) (T, error) {
	m.mu.Lock()
	known, ok := m.kept[name]
	m.mu.Unlock()
	if value, fits := known.value.(T); ok && fits && known.stamp == stamp {
		return value, nil
	}
	value, err := work()
	if err != nil {
		return value, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil || len(m.kept) >= memoryNames {
		m.kept = make(map[string]stamped)
	}
	m.kept[name] = stamped{stamp, value}
	return value, nil
}

// Memory is what is kept beside the database of a transaction on a snapshot; nil in one that writes, which sees what nobody else does.
func (tx *Tx) Memory() *Memory { return tx.memory }

// Once gives what work has made under a name in the same transaction, or makes it: what has been read of a snapshot stays as it is.
func Once[T any](tx *Tx, name string, work func() (T, error)) (T, error) {
	if value, ok := tx.once[name].(T); ok && tx.memory != nil {
		return value, nil
	}
	value, err := work()
	if err == nil && tx.memory != nil {
		if tx.once == nil {
			tx.once = make(map[string]any)
		}
		tx.once[name] = value
	}
	return value, err
}
