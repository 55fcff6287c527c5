-- Does the program need more cores (threads are ready, but not on one) or fewer threads per GIL (threads wait for it)?
select thread.name as thread,
       sum(iif(slice.name in ('bytecode', 'native', 'native_released', 'runtime'), slice.dur, 0)) / 1e6 as on_core_ms,
       sum(iif(slice.name = 'runnable', slice.dur, 0)) / 1e6 as needs_a_core_ms,
       sum(iif(slice.name in ('waiting_gil', 'forced_switch'), slice.dur, 0)) / 1e6 as needs_the_gil_ms
from slice join thread_track on slice.track_id = thread_track.id join thread using (utid)
where slice.dur > 0 and thread_track.name is not 'operations'
group by utid
order by needs_a_core_ms + needs_the_gil_ms desc;
