-- The 20 longest waits for a GIL, and which threads held it meanwhile for how many ms.
with wait as (
    select s.id, s.ts, s.dur, thread.name as waiter, thread.upid
    from slice s join thread_track on s.track_id = thread_track.id join thread using (utid)
    where s.name = 'waiting_gil' order by s.dur desc limit 20),
  hold as (
    select s.ts, s.ts + s.dur as ts_end, s.name as holder, t.upid
    from slice s join process_track t on s.track_id = t.id where t.name glob 'GIL *')
select wait.waiter, wait.ts / 1e9 as from_s, wait.dur / 1e6 as ms, holder,
       sum(min(ts_end, wait.ts + wait.dur) - max(hold.ts, wait.ts)) / 1e6 as held_ms
from wait join hold on hold.upid = wait.upid and hold.ts < wait.ts + wait.dur and hold.ts_end > wait.ts
group by wait.id, holder
order by wait.dur desc, held_ms desc;
