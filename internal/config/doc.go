// Package config gives settings their values: from flags, the environment, a
// YAML file and defaults, in this order of precedence.
//
//	--listen :9000          flag            wins
//	COFFER_LISTEN=:9000     environment       |
//	listen: ":9000"         file (--config)   v
//	                        default         loses
//
// A setting is declared once, as a flag of a pflag.FlagSet; its name in the
// environment and in the file follows from the flag's. Secrets have no flag,
// because command lines are public on most systems: they are declared in a
// second set that the command line does not reach.
package config
