package sqlite

import (
	"fmt"
	"strings"
)

// verdict is what a file system is to a ledger.
type verdict int

const (
	fit     verdict = iota
	doubted         // it may be fit, and may lose the ledger
	unfit           // other machines can work with the same file, and locks do not keep them out
)

// fileSystem is a file system by the number that statfs gives it.
type fileSystem struct {
	name    string
	verdict verdict
}

// fuseMagic is the number of every file system that a process makes (FUSE): what it is
// shows in the table of mounts alone.
const fuseMagic = 0x65735546

// fileSystems are those that are not simply fit, by their numbers: see statfs(2),
// linux/magic.h, and the sources of those that are not part of Linux.
var fileSystems = map[uint32]fileSystem{
	0x6969:     {"NFS", unfit},
	0x517b:     {"SMB", unfit},
	0xff534d42: {"CIFS", unfit},
	0xfe534d42: {"SMB2", unfit},
	0x5346414f: {"AFS", unfit},
	0x6b414653: {"AFS", unfit},
	0x73757245: {"Coda", unfit},
	0x564c:     {"NCP", unfit},
	0x00c36400: {"Ceph", unfit},
	0x01021997: {"9p", unfit},
	0x0bd00bd0: {"Lustre", unfit},
	0x47504653: {"GPFS", unfit},
	0x01161970: {"GFS2", unfit},
	0x7461636f: {"OCFS2", unfit},
	0xaad7aaea: {"PanFS", unfit},
	0x19830326: {"BeeGFS", unfit},
	0x20030528: {"OrangeFS", unfit},
	0x786f4256: {"a folder shared by VirtualBox", unfit},
	0xbacbacbc: {"a folder shared by VMware", unfit},
	0x7c7c6673: {"a folder shared by Parallels", unfit},
	0x794c7630: {"an overlay, as the root of a container is", doubted},
	0x61756673: {"aufs, as the root of a container is", doubted},
}

// remoteFUSE are the file systems over FUSE that stand for a network, by their type in
// the table of mounts.
const remoteFUSE = " fuse.sshfs fuse.glusterfs fuse.s3fs fuse.goofys fuse.rclone fuse.gcsfuse fuse.blobfuse fuse.blobfuse2 fuse.mount-s3" +
	" fuse.davfs fuse.curlftpfs fuse.cephfs fuse.ceph-fuse fuse.moosefs fuse.mfs fuse.juicefs fuse.seaweedfs fuse.obsfs fuse.lizardfs fuse.ossfs fuse.nfs fuse.smbnetfs "

// judge says what a file system is, by its number and, of one over FUSE, its type in the
// table of mounts; empty when that is not known. Those that nobody has listed are fit.
func judge(magic uint32, mounted string) fileSystem {
	if magic != fuseMagic {
		return fileSystems[magic]
	}
	switch {
	case strings.Contains(remoteFUSE, " "+mounted+" "):
		return fileSystem{mounted, unfit}
	case mounted == "":
		return fileSystem{"FUSE", doubted}
	}
	return fileSystem{mounted, doubted}
}

// mountedAs finds the type of the mount of a device, as 8:1, in the text of
// /proc/self/mountinfo; empty when it is not there.
func mountedAs(mountinfo, device string) string {
	for line := range strings.Lines(mountinfo) {
		before, after, ok := strings.Cut(line, " - ")
		fields, types := strings.Fields(before), strings.Fields(after)
		if ok && len(fields) > 2 && fields[2] == device && len(types) > 0 {
			return types[0]
		}
	}
	return ""
}

// Place says what the file system is to a ledger at path, whose folder need not be there
// yet: an error where none may lie, and a warning where one may be lost. Where the
// system does not say, it says nothing.
func Place(path string) (warning string, err error) {
	switch s := fileSystemAt(path); s.verdict {
	case unfit:
		return "", fmt.Errorf("%s lies on %s, where SQLite's locks do not keep other machines out: use a local file system", path, s.name)
	case doubted:
		return fmt.Sprintf("%s lies on %s, which may not be there after a restart, or be shared with other machines: "+
			"make sure of both, or use a local file system or a volume", path, s.name), nil
	}
	return "", nil
}
