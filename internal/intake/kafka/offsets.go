package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"cleaner/internal/intake"
)

// committed returns what the group has committed, if anything.
func (m *member) committed(ctx context.Context, admin *kadm.Client) (kadm.OffsetResponses, error) {
	committed, err := admin.FetchOffsetsForTopics(ctx, m.Group, m.Topic)
	if err == nil {
		err = committed.Error()
	}
	if errors.Is(err, kerr.GroupIDNotFound) { // a new group
		return nil, nil
	}
	return committed, err
}

// checkBeginning refuses to begin at the beginning of a partition whose records are older
// than what the ledger remembers: the group may have read them once, and its offsets may
// have expired since; then the IDs of tasks that are long gone would be taken for new.
func (m *member) checkBeginning(ctx context.Context, admin *kadm.Client, committed kadm.OffsetResponses) error {
	begins, noBegin := listed(admin.ListStartOffsets(ctx, m.Topic))
	ends, noEnd := listed(admin.ListEndOffsets(ctx, m.Topic))
	remembered, noOffset := listed(admin.ListOffsetsAfterMilli(ctx, time.Now().Add(-m.Remember).UnixMilli(), m.Topic))
	first, noFirst := listed(admin.ListOffsetsAfterMilli(ctx, 0, m.Topic)) // compaction leaves holes, and the beginning where it was
	if err := cmp.Or(noBegin, noEnd, noOffset, noFirst); err != nil {
		return err
	}
	var fault error
	begins.Each(func(begin kadm.ListedOffset) {
		at, known := committed.Lookup(m.Topic, begin.Partition)
		end, _ := ends.Lookup(m.Topic, begin.Partition)
		after, _ := remembered.Lookup(m.Topic, begin.Partition)
		young := min(after.Offset, end.Offset) // what is behind the end has come since, and after may be where it ends by now
		oldest, _ := first.Lookup(m.Topic, begin.Partition)
		if known && at.At >= 0 || begin.Offset >= young || oldest.Timestamp >= 0 && oldest.Offset >= young {
			return
		}
		fault = &intake.FatalError{Err: fmt.Errorf("the group has no offset for partition %d, whose records before offset %d are older than %v "+
			"(queue.remember): if it had read them once, the ledger would not know it any more. Set the group's offsets to where it is to begin",
			begin.Partition, young, m.Remember)}
	})
	return fault
}

// Lag is how many records the group has not committed: of a partition for which it has no
// offset, all. It does not ask how the group stands, which may be about to form anew.
func (m *member) Lag(ctx context.Context) (n int64, known bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	admin := kadm.NewClient(m.client)
	committed, err := m.committed(ctx, admin)
	if err == nil {
		err = m.setBack(committed)
	}
	if err != nil {
		return 0, false, m.wrap(err)
	}
	begins, noBegin := listed(admin.ListStartOffsets(ctx, m.Topic))
	ends, noEnd := listed(admin.ListEndOffsets(ctx, m.Topic))
	ends.Each(func(end kadm.ListedOffset) {
		begin, _ := begins.Lookup(m.Topic, end.Partition)
		from := begin.Offset
		if at, ok := committed.Lookup(m.Topic, end.Partition); ok && at.At >= 0 {
			from = at.At
		}
		n += max(0, end.Offset-from)
	})
	if err := cmp.Or(noBegin, noEnd); err != nil {
		return n, true, m.wrap(err)
	}
	return n, true, nil
}

// listed returns the offsets of the partitions whose brokers have told them, and what kept the
// others from it.
func listed(all kadm.ListedOffsets, err error) (kadm.ListedOffsets, error) {
	if err == nil {
		err = all.Error()
	}
	for _, partitions := range all { // of one topic
		maps.DeleteFunc(partitions, func(_ int32, o kadm.ListedOffset) bool { return o.Err != nil })
		if err != nil && len(partitions) > 0 {
			err = &intake.PartError{Err: err}
		}
	}
	return all, err
}

// setBack fails when the group stands before what this member has committed. Then the topic
// is another one of that name, or the group was deleted: a member that goes on from where it
// was would pass over records.
func (m *member) setBack(committed kadm.OffsetResponses) error {
	for partition, own := range m.mine {
		if at, _ := committed.Lookup(m.Topic, partition); at.At < own {
			return fmt.Errorf("partition %d was committed up to offset %d, and the broker does not know of it any more: "+
				"the topic or the group was deleted; cleaner connects again, and goes on from where the group stands", partition, own)
		}
	}
	return nil
}
