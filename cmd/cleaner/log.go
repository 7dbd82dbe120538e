package main

import (
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"cleaner/internal/config"
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
func newLog(c config.Log, w *screen) *zap.Logger { return newLogAt(levelOf(c), c.Format, w) }

// newLogAt is newLog at a level that may change.
func newLogAt(level zapcore.LevelEnabler, format string, w *screen) *zap.Logger {
	ec := zap.NewProductionEncoderConfig()
	ec.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	ec.EncodeDuration = zapcore.StringDurationEncoder
	enc := zapcore.NewJSONEncoder(ec)
	if format == "console" || (format == "auto" && w.isTerminal()) {
		ec.EncodeLevel = zapcore.CapitalLevelEncoder
		ec.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
		enc = zapcore.NewConsoleEncoder(ec)
	}
	return zap.New(zapcore.NewCore(enc, zapcore.Lock(zapcore.AddSync(w)), level))
}
