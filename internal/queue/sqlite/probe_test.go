package sqlite
import ("testing";"syscall";"time";"path/filepath";"context";"math/rand/v2";"slices";"fmt";"strings")
func cpu() time.Duration { var r syscall.Rusage; syscall.Getrusage(0,&r); return time.Duration(r.Utime.Nano()+r.Stime.Nano()) }
func TestProbe(t *testing.T) {
  const n=100_000
  for round := range 4 {
  for _, mode := range []string{"json","update-from","NORMAL-json","NORMAL-update-from"} {
    l := open(t, filepath.Join(t.TempDir(),"l.db"), Options{})
    load(t,l,"a",n,randomIDs(n,1))
    ctx:=context.Background()
    s:=l.store
    if strings.HasPrefix(mode,"NORMAL") { s.script(ctx,"PRAGMA synchronous=NORMAL") }
    r := rand.New(rand.NewPCG(1,1))
    var window []int64
    next:=int64(1)
    c0:=cpu()
    if mode=="nocommit-json" { s.script(ctx,"BEGIN") }
    for next<=n || len(window)>0 {
      for len(window)<128 && next<=n { window=append(window,next); next++ }
      r.Shuffle(len(window), func(i,j int){window[i],window[j]=window[j],window[i]})
      k:=min(64,len(window))
      g:=slices.Clone(window[:k]); window=append(window[:0],window[k:]...)
      slices.Sort(g)
      do:=func(ctx context.Context) error {
        switch mode {
        case "json","nocommit-json","NORMAL-json":
          var q seqList; for _,x:=range g { q=q.add(x) }
          return s.exec(ctx,`UPDATE task SET state=?, at=? WHERE seq IN (SELECT value FROM json_each(?)) AND state IN (0,5)`,1,time.Now().Unix(),q.json())
        case "update-from","NORMAL-update-from":
          var q seqList; for _,x:=range g { q=q.add(x) }
          return s.exec(ctx,`UPDATE task SET state=?, at=? FROM json_each(?) j WHERE seq=j.value AND state IN (0,5)`,1,time.Now().Unix(),q.json())
        case "row":
          for _,x:=range g { if err:=s.exec(ctx,`UPDATE task SET state=?, at=? WHERE seq = ? AND state IN (0,5)`,1,time.Now().Unix(),x); err!=nil {return err} }
        case "runs":
          for i:=0;i<len(g); { j:=i+1; for j<len(g)&&g[j]==g[j-1]+1 {j++}
            if err:=s.exec(ctx,`UPDATE task SET state=?, at=? WHERE seq BETWEEN ? AND ? AND state IN (0,5)`,1,time.Now().Unix(),g[i],g[j-1]); err!=nil {return err}
            i=j }
        case "mask":
          lo,hi:=g[0],g[len(g)-1]
          m:=make([]byte,hi-lo+1); for i:=range m {m[i]='0'}; for _,x:=range g {m[x-lo]='1'}
          return s.exec(ctx,`UPDATE task SET state=?1, at=?2 WHERE seq BETWEEN ?3 AND ?4 AND substr(?5,seq-?3+1,1)='1' AND state IN (0,5)`,1,time.Now().Unix(),lo,hi,string(m))
        }
        return nil
      }
      var err error
      if mode=="nocommit-json" { err=do(ctx)} else { err=s.atomically(ctx,do)}
      if err!=nil {t.Fatal(err)}
    }
    if mode=="nocommit-json" { s.script(ctx,"COMMIT") }
    fmt.Println(round,mode, (cpu()-c0)/n)
    l.Close()
  }}
}
