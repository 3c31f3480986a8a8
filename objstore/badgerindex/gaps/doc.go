// Package gaps remembers where an ordered map of rows has none: a listing with a
// delimiter seeks past every folder, and what it found the next one need not
// search for again.
//
//	rows of a map      a/1  a/2  a/3          b/1  b/2          c/1
//	seek past "a/"                   a0 ----> b/1
//	seek past "b/"                                    b0 -----> c/1
//	gaps                             [a0, b/1)        [b0, c/1)
//
// A gap says: at every version from one on until now, no row is in [low, row),
// and row is there. A seek to anywhere in it, or to row itself, ends at row.
//
// # Versions
//
// The map has a version for each commit, and snapshots at some of them. Three
// rules keep gaps true:
//
//   - [Set.Commit] is told of a commit before a snapshot can see it, and drops
//     the gaps in which it made rows or whose end it removed.
//   - [Set.Add] takes what a snapshot has seen only if nothing was committed near
//     it since, near being a space: keys with the same first bytes.
//   - [Set.Find] does not answer snapshots that are older than what it knows.
//
// A space notes commits from the first Add on, which is refused if the snapshot
// is not the newest by then. Elsewhere a row costs a writer one look into a
// map, and nothing while the set is empty.
//
// # Bounds
//
// When the gaps take more than a number of bytes, all are forgotten: the next
// listings fill the set again.
package gaps
