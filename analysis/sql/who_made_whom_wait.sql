-- A matrix: for how many ms each thread waited for the GIL while each other thread held it.
with wait as (
    select s.ts, s.ts + s.dur as ts_end, thread.name as waiter, thread.upid
    from slice s join thread_track on s.track_id = thread_track.id join thread using (utid)
    where s.name = 'waiting_gil' and s.dur > 0),
  hold as (
    select s.ts, s.ts + s.dur as ts_end, s.name as holder, t.upid
    from slice s join process_track t on s.track_id = t.id where t.name glob 'GIL *' and s.dur > 0)
select waiter, holder, sum(min(wait.ts_end, hold.ts_end) - max(wait.ts, hold.ts)) / 1e6 as ms
from wait join hold on hold.upid = wait.upid and hold.ts < wait.ts_end and hold.ts_end > wait.ts
group by waiter, holder
order by ms desc;
