-- Per 100 ms: the share of the time for which each GIL was held, and its hand-offs per second.
with recursive
  window(ts) as (select 0 union all select ts + 100000000 from window where ts + 100000000 < (select max(ts + dur) from slice)),
  hold as (
    select t.name as gil, s.ts, s.ts + s.dur as ts_end, s.name as holder,
           lag(s.name) over (partition by s.track_id order by s.ts) as before
    from slice s join process_track t on s.track_id = t.id
    where t.name glob 'GIL *')
select gil, window.ts / 1e9 as from_s,
       sum(min(ts_end, window.ts + 100000000) - max(hold.ts, window.ts)) / 1e6 as held_percent,
       sum(hold.ts >= window.ts and holder is not before) * 10 as handoffs_per_s
from window join hold on hold.ts < window.ts + 100000000 and hold.ts_end > window.ts
group by gil, window.ts
order by gil, window.ts;
