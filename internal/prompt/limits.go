package prompt

import (
	"net/url"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cleaner/internal/config"
)

// Limits are the flags that change limits of a running serve.
type Limits struct {
	rate    float64
	workers int
}

// Add adds them to cmd, which needs one of them.
func (l *Limits) Add(cmd *cobra.Command) {
	cmd.Flags().Float64Var(&l.rate, "rate", 0, "the most requests a second: a `number`, from now on")
	cmd.Flags().IntVar(&l.workers, "workers", 0, "the most requests in flight: a `number`, from now on")
	cmd.MarkFlagsOneRequired("rate", "workers")
}

// Form is what the serve is sent of those that were given. It refuses what a configuration
// must not hold, as the serve would.
func (l *Limits) Form(given *pflag.FlagSet) (url.Values, error) {
	form, limits := url.Values{}, config.Default().Limits
	if given.Changed("rate") {
		limits.Rate = l.rate
		form.Set("rate", strconv.FormatFloat(l.rate, 'g', -1, 64))
	}
	if given.Changed("workers") {
		limits.Workers = l.workers
		form.Set("workers", strconv.Itoa(l.workers))
	}
	if err := limits.Check(); err != nil {
		return nil, &Misuse{err}
	}
	return form, nil
}
