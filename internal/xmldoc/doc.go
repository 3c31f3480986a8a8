// Package xmldoc reads the XML documents of request bodies, strictly where a slip
// could change what is meant.
//
//	BOM <?xml?> <!-- --> <Tagging>...</Tagging> <!-- --> newline
//	                     \_____ decoded _____/
//
// Beside the one root element there may be what XML 1.0 allows there, but for a
// document type: programs write a byte order mark in front, and text files end
// with a newline.
package xmldoc
