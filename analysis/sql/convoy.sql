-- Convoys: threads that hold a GIL for short times and wait long for each of them. mean_wait / mean_hold of 10 and more, with
-- many waits, is one; a mean_wait near the switch interval says that the holder has to be asked each time.
with wait as (
    select thread.name as thread, count(*) as waits, avg(s.dur) / 1e6 as mean_wait_ms, sum(s.dur) / 1e6 as wait_ms
    from slice s join thread_track on s.track_id = thread_track.id join thread using (utid)
    where s.name = 'waiting_gil' and s.dur > 0 group by utid),
  hold as (
    select s.name as thread, count(*) as holds, avg(s.dur) / 1e6 as mean_hold_ms
    from slice s join process_track t on s.track_id = t.id where t.name glob 'GIL *' group by s.name),
  asked as (
    select thread.name as thread, count(*) as drop_requests
    from slice s join thread_track on s.track_id = thread_track.id join thread using (utid)
    where s.name = 'drop_request' group by utid)
select wait.thread, waits, round(mean_wait_ms, 3) as mean_wait_ms, round(mean_hold_ms, 3) as mean_hold_ms,
       round(mean_wait_ms / mean_hold_ms, 1) as ratio, drop_requests, round(wait_ms, 1) as wait_ms
from wait join hold using (thread) left join asked using (thread)
where waits >= 20
order by ratio desc;
