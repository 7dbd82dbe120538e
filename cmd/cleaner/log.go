package main

import (
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/terminal"
)

// levelOf is the configured level.
func levelOf(c config.Log) zapcore.Level {
	level, err := zapcore.ParseLevel(c.Level)
	if err != nil {
		return zapcore.InfoLevel // the configuration's own rule has refused others
	}
	return level
}

// newLog returns a logger to w. Nothing is sampled: a line that says what became
// of an ID is never dropped.
func newLog(c config.Log, w *terminal.Screen) *zap.Logger { return newLogAt(levelOf(c), c.Format, w) }

// newLogAt is newLog at a level that may change.
func newLogAt(level zapcore.LevelEnabler, format string, w *terminal.Screen) *zap.Logger {
	ec := zap.NewProductionEncoderConfig()
	ec.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	ec.EncodeDuration = zapcore.StringDurationEncoder
	enc := zapcore.NewJSONEncoder(ec)
	if format == "console" || (format == "auto" && w.IsTerminal()) {
		ec.EncodeLevel = zapcore.CapitalLevelEncoder
		ec.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
		enc = zapcore.NewConsoleEncoder(ec)
	}
	return zap.New(zapcore.NewCore(enc, zapcore.Lock(zapcore.AddSync(w)), level))
}

// warnOutdated logs each key of cfg that has an old value, which still works, and each
// rule of the protect list that may be mistyped.
func warnOutdated(log *zap.Logger, cfg *config.Config) {
	for _, key := range cfg.Outdated() {
		log.Warn("the configuration has an old value", zap.String("key", key))
	}
	for _, rule := range assemble.StrayRules(cfg) {
		log.Warn("a rule of the protect list may be mistyped", zap.String("rule", rule))
	}
}
