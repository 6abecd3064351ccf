// Package linkage finds the registrations that may belong to one person, two persons who hold one citizen number, and one person who holds several. It packs a city
// into 48 bytes a registration, compares those that share a blocking key, and scores each pair with a model that was trained apart (Fellegi and Sunter's weights, m
// by expectation and maximisation, u from random pairs). It says why, level by level, and decides nothing.
//
// Text -> Population (normalised, packed) -> Train: Model -> Link: Result (pairs, cases, capped blocks) -> Explain: Waterfall. Index does the same for one
// registration at a time, with the same pairs. Everything is integers once the model is there, so that sums are exact and results are the same bytes for any number
// of workers. ADR 0010 has the reasons, docs/formats/linkage-model.md the file of a model.
package linkage
