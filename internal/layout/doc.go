// Package layout holds no code, only tests of the tree itself: who may import whom (design, "Rooms"), what the pure
// packages must not touch, and that the documents name what is there. Each check is a function over a file tree, so that it is
// shown failing on a small planted tree before it is believed on the real one.
package layout
