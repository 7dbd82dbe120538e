package schedule

import (
	"testing"
	"testing/synctest"
	"time"
)

// What was missed while the program was down, by policy, deadline and age.
func TestMissedAcrossRestart(t *testing.T) {
	const hour = time.Hour
	for name, c := range map[string]struct {
		spec Spec
		last time.Duration // before the start at 00:30; zero for a first start
		want []string
	}{
		"first start":         {Spec{Cron: "@hourly"}, 0, nil},
		"nothing missed":      {Spec{Cron: "@hourly"}, hour / 2, nil},
		"one, made up for":    {Spec{Cron: "@hourly"}, hour, []string{"missed a schedule 00:00", "started a missed 00:00", "finished a missed 00:00"}},
		"five, made up once":  {Spec{Cron: "@hourly"}, 5 * hour, []string{"missed a schedule 20:00-00:00 5", "started a missed 00:00", "finished a missed 00:00"}},
		"not made up for":     {Spec{Cron: "@hourly", Missed: MissedNone}, 5 * hour, []string{"missed a schedule 20:00-00:00 5"}},
		"within the deadline": {Spec{Cron: "@hourly", Deadline: hour / 2}, 2 * hour, []string{"missed a schedule 23:00-00:00 2", "started a missed 00:00", "finished a missed 00:00"}},
		"beyond the deadline": {Spec{Cron: "@hourly", Deadline: hour/2 - 1}, 2 * hour, []string{"missed a schedule 23:00-00:00 2"}},
		"the last is on time": {
			Spec{Cron: "*/10 * * * *", Missed: MissedNone},
			hour,
			[]string{"missed a schedule 23:40-00:20 5", "started a schedule 00:30", "finished a schedule 00:30"},
		},
		"a year":             {Spec{Cron: "* * * * *"}, 366 * 24 * hour, []string{"missed a schedule 00:31-00:29 10000", "started a schedule 00:30", "finished a schedule 00:30"}},
		"a mark from ahead":  {Spec{Cron: "@hourly"}, -hour, nil},
		"a mark from afar":   {Spec{Cron: "@hourly"}, -1000 * hour, []string{"clock a schedule 00:30"}},
		"none of it planned": {Spec{Cron: "@yearly", Timezone: "Asia/Shanghai"}, 8 * hour, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := prepare(t, Config{Jobs: jobs(t, c.spec), Pass: quick})
				time.Sleep(hour / 2)
				if c.last != 0 {
					s.turns.jobs[0].Last = time.Now().Add(-c.last)
				}
				s.run()
				var want []string
				for _, line := range c.want {
					want = append(want, "00:30 "+line)
				}
				s.expect(want...)
				// A mark is told where there is a new one, which may lie before a
				// false one from afar.
				told, fresh := s.mark["a"], c.last == 0 || len(want) > 0
				if told.IsZero() == fresh || told.After(time.Now()) {
					t.Errorf("the mark is %v", told)
				}
				s.stop()
			})
		})
	}
}

// A clock that is set forward over ticks brings at most one run, one that is
// set back brings none that was there before. Either is noticed in a minute.
func TestClockJumps(t *testing.T) {
	for name, c := range map[string]struct {
		spec  Spec
		jump  time.Duration // at 01:30
		sleep time.Duration // and then so long
		want  []string      // what is told after it
	}{
		"forward over one": {
			Spec{Cron: "@hourly"},
			time.Hour, 2 * time.Minute,
			[]string{"02:31 missed a schedule 02:00", "02:31 started a missed 02:00", "02:31 finished a missed 02:00"},
		},
		"forward over one, none": {
			Spec{Cron: "@hourly", Missed: MissedNone},
			time.Hour, 31 * time.Minute,
			[]string{"02:31 missed a schedule 02:00", "03:00 started a schedule 03:00", "03:00 finished a schedule 03:00"},
		},
		"forward over many": {
			Spec{Cron: "1-59/10 * * * *"},
			time.Hour, 2 * time.Minute,
			[]string{
				"02:31 missed a schedule 01:31-02:21 6", "02:31 started a schedule 02:31", "02:31 finished a schedule 02:31",
			},
		},
		"forward over very many": {
			Spec{Cron: "@every 15m", Missed: MissedNone},
			1000 * time.Hour, time.Minute,
			[]string{"17:31 missed a schedule 01:45-17:15 3999", "17:31 started a schedule 17:30", "17:31 finished a schedule 17:30"},
		},
		"back over one": {
			Spec{Cron: "@hourly"},
			-time.Hour, 91 * time.Minute,
			[]string{"02:00 started a schedule 02:00", "02:00 finished a schedule 02:00"},
		},
		"back over many": {
			Spec{Cron: "*/30 * * * *"},
			-time.Hour, 91 * time.Minute,
			[]string{"02:00 started a schedule 02:00", "02:00 finished a schedule 02:00"},
		},
		"back, and to another day": {
			Spec{Cron: "@hourly"},
			-25 * time.Hour, 31 * time.Minute,
			[]string{"00:31 clock a schedule 00:31", "01:00 started a schedule 01:00", "01:00 finished a schedule 01:00"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := play(t, Config{Jobs: jobs(t, c.spec), Pass: quick})
				s.until("1:30")
				s.mu.Lock()
				s.log = nil
				s.mu.Unlock()
				s.setClock(c.jump)
				time.Sleep(c.sleep)
				s.expect(c.want...)
				if got := s.mark["a"]; c.jump < -farBack && got.After(s.clock()) {
					t.Errorf("the mark %v is of the former clock", got)
				}
				s.stop()
			})
		})
	}
}

// A clock that is set back before anything was started loses no tick.
func TestClockBackBeforeTheFirstTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := prepare(t, Config{Jobs: jobs(t, Spec{Cron: "@hourly"}), Pass: quick})
		time.Sleep(90 * time.Minute)
		s.run()
		s.setClock(-time.Hour)
		time.Sleep(31 * time.Minute)
		s.expect("01:00 started a schedule 01:00", "01:00 finished a schedule 01:00")
		s.stop()
	})
}

// The time that ticks are measured against is that of the wall clock alone;
// with the other clock that time.Now brings along, no jump would be seen.
func TestClockHasNoSecondHand(t *testing.T) {
	r, err := New(Config{Jobs: jobs(t, Spec{Cron: "@daily"}), Pass: quick})
	if err != nil {
		t.Fatal(err)
	}
	if now := r.clock(); now != now.Round(0) {
		t.Errorf("clock = %v", now)
	}
}
