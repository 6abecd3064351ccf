package store

import (
	"errors"
	"sync"
)

// Memory keeps results beside a database that its readers would otherwise work out again and again. A value stands under a name with a stamp, which tells one state of what it
// was made of from another. It is safe for use by many goroutines.
type Memory struct {
	mu   sync.Mutex
	kept map[string]stamped
	made map[[2]string]chan struct{} // what is being made now, by name and stamp; closed when it is done
}

type stamped struct {
	stamp string
	value any
}

// memoryNames bounds how many values are kept: beyond it all are forgotten.
const memoryNames = 1 << 14

// Keep gives the value that stands under a name with that stamp, or makes it. Of several who ask at once one makes it, and the others wait for that one; where it fails, the
// next of them tries.
func Keep[T any](m *Memory, name, stamp string, work func() (T, error)) (T, error) {
	for {
		value, there, turn := m.find(name, stamp)
		if known, fits := value.(T); there && fits {
			return known, nil
		}
		if turn == nil {
			break
		}
		<-turn
	}
	value, failed := *new(T), errUnfinished
	defer func() { m.put(name, stamp, value, failed) }()
	value, failed = work()
	return value, failed
}

// errUnfinished is what work that panicked has failed with.
var errUnfinished = errors.New("store: unfinished")

// find gives what stands under a name with a stamp. Where nothing does, turn is what to wait for before asking again, or nil for the one who is to make it and put it.
func (m *Memory) find(name, stamp string) (value any, there bool, turn <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.kept[name]; ok && known.stamp == stamp {
		return known.value, true, nil
	}
	key := [2]string{name, stamp}
	if turn, ok := m.made[key]; ok {
		return nil, false, turn
	}
	if m.made == nil {
		m.made = make(map[[2]string]chan struct{})
	}
	m.made[key] = make(chan struct{})
	return nil, false, nil
}

// put keeps what has been made unless it failed, and lets those go on who wait for it.
func (m *Memory) put(name, stamp string, value any, failed error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := [2]string{name, stamp}
	if turn := m.made[key]; turn != nil {
		close(turn)
		delete(m.made, key)
	}
	if failed != nil {
		return
	}
	if m.kept == nil || len(m.kept) >= memoryNames {
		m.kept = make(map[string]stamped)
	}
	m.kept[name] = stamped{stamp, value}
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
