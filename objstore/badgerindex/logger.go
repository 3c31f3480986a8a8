package badgerindex

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// badgerLogger passes Badger's messages on. What Badger calls information is
// detail to the owner of a server.
type badgerLogger struct{ log *slog.Logger }

func (l badgerLogger) Errorf(format string, args ...any)   { l.log.Error(message(format, args)) }
func (l badgerLogger) Warningf(format string, args ...any) { l.log.Warn(message(format, args)) }

func (l badgerLogger) Infof(format string, args ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug(message(format, args))
	}
}

// Debugf drops the message: Badger has one for every write.
func (badgerLogger) Debugf(string, ...any) {}

func message(format string, args []any) string {
	return "badger: " + strings.TrimSpace(fmt.Sprintf(format, args...))
}
