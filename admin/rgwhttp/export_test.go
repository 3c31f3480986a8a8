package rgwhttp

// Operations are the names of all operations.
func Operations() []string {
	var names []string
	for _, r := range routes {
		names = append(names, r.name)
	}
	return names
}
