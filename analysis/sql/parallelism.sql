-- For how many ms exactly k cores were busy.
with step as (
    select ts, 1 as change from sched_slice where utid != 0
    union all
    select ts + dur, -1 from sched_slice where utid != 0),
  moment as (select ts, sum(change) as change from step group by ts),
  level as (
    select lead(ts) over (order by ts) - ts as dur, sum(change) over (order by ts) as cores_busy from moment)
select cores_busy, sum(dur) / 1e6 as ms from level where dur > 0 group by cores_busy order by cores_busy;
