package regular

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// TestWritten: whoever has the file open for writing is seen, also while it writes nothing;
// a reader is none.
func TestWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(path, []byte("a1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := open(t, path, os.O_RDONLY)
	other := open(t, path, os.O_RDONLY)
	if _, known := Written(f); !known {
		t.Fatal("the tests' folder is on a file system that does not tell; set TMPDIR to one that does")
	}
	for _, mode := range []int{os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_APPEND} {
		w := open(t, path, mode)
		if writer, known := Written(f); !writer || !known {
			t.Errorf("open with mode %#x: Written = %v, %v, want true, true", mode, writer, known)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if writer, known := Written(f); writer || !known {
			t.Errorf("closed again: Written = %v, %v, want false, true", writer, known)
		}
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestWrittenKeepsNobodyOut: those who open the file for writing meanwhile do so, and the
// signal of the lease that they break does nothing.
func TestWrittenKeepsNobodyOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := open(t, path, os.O_RDONLY)
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for range 500 {
				w, err := os.OpenFile(path, os.O_WRONLY, 0)
				if err == nil {
					err = w.Close()
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 2000 {
		Written(f)
	}
	writers.Wait()
	if lease, err := unix.FcntlInt(f.Fd(), unix.F_GETLEASE, 0); err != nil || lease != unix.F_UNLCK {
		t.Errorf("a lease of kind %d is left, %v", lease, err)
	}
}

func open(t *testing.T, path string, mode int) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, mode, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// TestLocal: of a file system that other machines write to, nothing is known.
func TestLocal(t *testing.T) {
	for magic, want := range map[uint32]bool{
		0xef53: true, 0x58465342: true, 0x9123683e: true, 0x01021994: true, 0x794c7630: true,
		0x6969: false, 0xff534d42: false, 0xfe534d42: false, 0x65735546: false, 0x00c36400: false, 0x01021997: false,
	} {
		if got := local(magic); got != want {
			t.Errorf("local(%#x) = %v, want %v", magic, got, want)
		}
	}
}
