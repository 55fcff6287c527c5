-- Time of each thread in each state, in ms, and how often it was in it.
select process.name as process, thread.name as thread, slice.name as state, sum(slice.dur) / 1e6 as ms, count(*) as times
from slice
join thread_track on slice.track_id = thread_track.id
join thread using (utid)
left join process using (upid)
where slice.dur > 0 and thread_track.name is not 'operations'
group by utid, state
order by process, thread, ms desc;
