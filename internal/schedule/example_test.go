package schedule_test

import (
	"fmt"
	"time"

	"cleaner/internal/schedule"
)

// Half past two does not exist in New York on 8 March 2026.
func ExampleSchedule_Upcoming() {
	s, err := schedule.Parse(schedule.Spec{Cron: "30 2 * * *", Timezone: "America/New_York"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range s.Upcoming(time.Date(2026, time.March, 7, 0, 0, 0, 0, time.UTC), 3) {
		fmt.Println(t)
	}
	// Output:
	// 2026-03-07 02:30:00 -0500 EST
	// 2026-03-08 03:00:00 -0400 EDT
	// 2026-03-09 02:30:00 -0400 EDT
}

// All faults are told at once.
func ExampleParse() {
	_, err := schedule.Parse(schedule.Spec{Cron: "0 0 31 2 *", Missed: "twice"})
	fmt.Println(err)
	// Output:
	// cron: "0 0 31 2 *" never comes: no month it names has such a day
	// missed: unknown policy "twice"; write once or none
}
