package sqlite
import ("testing";"fmt";"path/filepath";"os")
func TestProbe(t *testing.T) {
  const n=1_000_000
  path := filepath.Join(t.TempDir(),"l.db")
  switch os.Getenv("P") {
  case "private": 
    l := open(t, path, Options{Rehearse:true}); c:=cpuTime(t)
    load(t,l,"a",n,randomIDs(n,1)); fmt.Println("PP load",(cpuTime(t)-c)/n, peakMemory(t)); drain(t,l,200_000,64)
  case "existing":
    l := open(t, path, Options{}); load(t,l,"a",n,randomIDs(n,2)); l.Close(); fmt.Println("PP", peakMemory(t))
    l = open(t, path, Options{Rehearse:true}); c:=cpuTime(t)
    load(t,l,"b",n,randomIDs(n,1)); fmt.Println("PP load", (cpuTime(t)-c)/n, peakMemory(t)); drain(t,l,200_000,64)
  case "plain":
    l := open(t, path, Options{}); c:=cpuTime(t); load(t,l,"a",n,randomIDs(n,2)); fmt.Println("PP load", (cpuTime(t)-c)/n);load(t,l,"b",n,randomIDs(n,3)); fmt.Println("PP", peakMemory(t)); c=cpuTime(t);drain(t,l,200_000,64); fmt.Println("PP settle",(cpuTime(t)-c)/200_000)
  }
  fmt.Println("PP", os.Getenv("P"), peakMemory(t))
}
