package sqlite

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestFileSystems: those of other machines are refused, those that may vanish are
// doubted, and others are fit. The numbers are those of statfs(2) and linux/magic.h.
func TestFileSystems(t *testing.T) {
	for _, row := range []struct {
		name    string
		magic   uint32
		mounted string
		want    verdict
	}{
		{"ext4", 0xef53, "", fit},
		{"xfs", 0x58465342, "", fit},
		{"btrfs", 0x9123683e, "", fit},
		{"zfs", 0x2fc12fc1, "", fit},
		{"f2fs", 0xf2f52010, "", fit},
		{"tmpfs", 0x01021994, "", fit}, // tests have their ledgers there
		{"nfs", 0x6969, "", unfit},
		{"smb", 0x517b, "", unfit},
		{"cifs", 0xff534d42, "", unfit},
		{"smb2", 0xfe534d42, "", unfit},
		{"openafs", 0x5346414f, "", unfit},
		{"kafs", 0x6b414653, "", unfit},
		{"coda", 0x73757245, "", unfit},
		{"ncp", 0x564c, "", unfit},
		{"ceph", 0x00c36400, "", unfit},
		{"9p", 0x01021997, "", unfit},
		{"lustre", 0x0bd00bd0, "", unfit},
		{"gpfs", 0x47504653, "", unfit},
		{"gfs2", 0x01161970, "", unfit},
		{"ocfs2", 0x7461636f, "", unfit},
		{"panfs", 0xaad7aaea, "", unfit},
		{"beegfs", 0x19830326, "", unfit},
		{"orangefs", 0x20030528, "", unfit},
		{"vboxsf", 0x786f4256, "", unfit},
		{"vmhgfs", 0xbacbacbc, "", unfit},
		{"prl_fs", 0x7c7c6673, "", unfit},
		{"overlay", 0x794c7630, "", doubted},
		{"aufs", 0x61756673, "", doubted},
		{"sshfs", fuseMagic, "fuse.sshfs", unfit},
		{"glusterfs", fuseMagic, "fuse.glusterfs", unfit},
		{"ntfs-3g", fuseMagic, "fuseblk", doubted},
		{"what nobody has listed", fuseMagic, "fuse.mine", doubted},
		{"what is not in the table of mounts", fuseMagic, "", doubted},
	} {
		if got := judge(row.magic, row.mounted); got.verdict != row.want || (got.name == "") != (row.want == fit) {
			t.Errorf("%s: %+v, want %d", row.name, got, row.want)
		}
	}
}

// TestMountedAs: the type stands behind the dash, after fields of any number.
func TestMountedAs(t *testing.T) {
	const table = "22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/vda rw\n" +
		"90 22 0:52 / /mnt/far rw,nosuid shared:40 master:7 - fuse.sshfs user@host:/ rw\nnonsense\n"
	for device, want := range map[string]string{"0:21": "ext4", "0:52": "fuse.sshfs", "8:1": "", "": ""} {
		if got := mountedAs(table, device); got != want {
			t.Errorf("%s is mounted as %q, want %q", device, got, want)
		}
	}
}

// TestPlace: a folder that is not there yet is judged by the one above. The system's own
// files lie on no network, and a path that cannot be is left to whoever opens it.
func TestPlace(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "not", "there", "q.db"), "/proc/not/there", "\x00"} {
		if warning, err := Place(path); err != nil || warning != "" && !strings.Contains(warning, "overlay") {
			t.Errorf("%q: %q, %v", path, warning, err)
		}
	}
}
