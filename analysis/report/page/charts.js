// Charts of one run: the critical path, activity over time, parallelism, distributions.
function criticalPath(parent, run) {
  if (!run.critical_path.length) return;
  const s = section(parent, 'Critical path', 'The chain of work and waiting from the start to the end: only shortening something on it shortens the run.').attr('id', 'path');
  const draw = () => {
    s.selectAll('.drawn').remove();
    const out = s.append('div').attr('class', 'drawn');
    const parts = run.critical_path.filter((p, i) => i < 10 && p.ns >= run.makespan_ns / 1000), rest = d3.sum(run.critical_path.slice(parts.length), p => p.ns);
    const width = 1120, svg = chart(out, width, 30, 'critical path');
    let at = 0;
    const x = d3.scaleLinear([0, run.makespan_ns], [0, width]);
    run.critical_path.forEach(p => {
      tipOn(svg.append('rect').datum(p).attr('x', x(at)).attr('width', Math.max(0.5, x(p.ns))).attr('height', 26).attr('fill', p.state ? stateColor(p.state) : css('line')),
        d => `${doing(d).replace(/`/g, '')}\n${duration(d.ns)}, ${percent(d.ns / run.makespan_ns)}`);
      at += p.ns;
    });
    const table = out.append('table');
    table.append('thead').append('tr').selectAll('th').data(['on the path', 'time', 'share']).join('th').text(d => d);
    parts.forEach(p => {
      const row = table.append('tr'), name = row.append('td');
      name.append('i').style('display', 'inline-block').style('width', '12px').style('height', '12px').style('margin-right', '8px').style('border-radius', '3px')
        .style('background', p.state ? stateColor(p.state) : css('line'));
      prose(name, p.party ? doing(p) : 'before the thread began');
      row.append('td').text(duration(p.ns));
      row.append('td').text(percent(p.ns / run.makespan_ns));
    });
    if (rest) {
      const row = table.append('tr');
      row.append('td').text(`${run.critical_path.length - parts.length} smaller parts`);
      row.append('td').text(duration(rest));
      row.append('td').text(percent(rest / run.makespan_ns));
    }
  };
  draw();
  redraws.push(draw);
}

// Mean numbers over time, in bins: threads by state, cores busy, GILs held, hand-offs per second. Follows the timeline.
function activity(parent, run, timeline) {
  const s = section(parent, 'Over time', 'Means over bins of ' + duration(run.activity.width_ns) + '; the same span as the timeline.').attr('id', 'activity');
  const a = run.activity, n = a.cores_busy_ns.length;
  const length = i => Math.min(a.width_ns, run.makespan_ns - i * a.width_ns);
  const states = data.states.filter(st => a.states_ns[st.name]).map(st => st.name);
  const width = 1120, left = 60, out = s.append('div');
  const draw = () => {
    out.selectAll('*').remove();
    const x = d3.scaleLinear(timeline ? timeline.domain : [0, run.makespan_ns], [left, width]);
    const lo = Math.max(0, Math.floor(x.domain()[0] / a.width_ns)), hi = Math.min(n, Math.ceil(x.domain()[1] / a.width_ns) + 1);
    const bins = d3.range(lo, hi).filter(i => length(i) > 0);
    const frame = (height, label, top, text) => {
      const svg = chart(out, width, height + 30, label);
      const y = d3.scaleLinear([0, top || 1], [height, 26]).nice(4);
      svg.append('text').attr('class', 'soft').attr('x', 0).attr('y', 12).text(text);
      svg.append('g').attr('class', 'axis grid').attr('transform', `translate(${left},0)`).call(d3.axisLeft(y).ticks(height > 100 ? 4 : 2).tickSize(left - width).tickFormat(top > 1000 ? d3.format('~s') : null));
      svg.append('g').attr('class', 'axis').attr('transform', `translate(0,${height})`).call(timeAxis(x, 8));
      const plot = svg.append('g').attr('clip-path', 'url(#plot)');
      return {svg, y, plot};
    };
    const steps = (value, y) => d3.area().curve(d3.curveStepAfter).x(i => x(i * a.width_ns)).y0(y(0)).y1(i => y(value(i)))(bins.concat(bins.length ? [bins[bins.length - 1] + 1] : []).map(i => Math.min(i, n)));
    const safe = f => i => i < n && length(i) > 0 ? f(i) : n && i > 0 ? f(i - 1) : 0;
    const stack = d3.stack().keys(states).value((i, k) => safe(j => a.states_ns[k][j] / length(j))(i));
    const ids = bins.concat(bins.length ? [bins[bins.length - 1] + 1] : []);
    const layers = stack(ids);
    const f1 = frame(150, 'threads by state', d3.max(layers[layers.length - 1] || [[0, 1]], d => d[1]), 'threads, by state');
    f1.plot.selectAll('path').data(layers).join('path').attr('fill', l => stateColor(l.key))
      .attr('d', d3.area().curve(d3.curveStepAfter).x(d => x(Math.min(d.data * a.width_ns, run.makespan_ns))).y0(d => f1.y(d[0])).y1(d => f1.y(d[1])));
    const f2 = frame(80, 'cores busy', run.cores, `cores busy, of ${run.cores}`);
    f2.plot.append('path').attr('fill', css('accent')).attr('fill-opacity', 0.55).attr('d', steps(safe(i => a.cores_busy_ns[i] / length(i)), f2.y));
    const held = safe(i => a.gil_held_ns[i] / length(i));
    const f3 = frame(80, 'GILs held', Math.max(1, d3.max(ids, held) || 1), 'GILs held');
    f3.plot.append('path').attr('fill', css('bytecode')).attr('fill-opacity', 0.7).attr('d', steps(held, f3.y));
    const rate = safe(i => a.handoffs[i] / length(i) * 1e9);
    if (d3.max(a.handoffs)) {
      const f4 = frame(80, 'hand-offs per second', d3.max(ids, rate), 'hand-offs of GILs, 1/s');
      f4.plot.append('path').attr('fill', css('waiting_gil')).attr('fill-opacity', 0.7).attr('d', steps(rate, f4.y));
    }
    const clip = out.select('svg').append('clipPath').attr('id', 'plot').append('rect');
    clip.attr('x', left).attr('y', -20).attr('width', width - left).attr('height', 400);
  };
  draw();
  redraws.push(draw);
  let waiting = 0;
  if (timeline) timeline.listeners.push(() => { if (!waiting) waiting = setTimeout(() => { waiting = 0; draw(); }, 60); });
}

function parallelism(parent, run) {
  const times = run.activity.time_with_k_cores_ns;
  if (!times.length) return;
  const mean = d3.sum(times, (t, k) => t * k) / run.makespan_ns;
  const s = section(parent, 'Parallelism', `How long exactly k cores were busy; ${mean.toFixed(2)} of ${run.cores} on average.`).attr('id', 'parallelism');
  const draw = () => {
    s.selectAll('svg').remove();
    const width = 1120, bar = 18, shown = times.map((ns, k) => ({k, ns})).filter(d => d.ns || d.k <= run.cores).slice(0, 65);
    const svg = chart(s, width, shown.length * (bar + 4), 'parallelism'), x = d3.scaleLinear([0, run.makespan_ns], [0, width - 260]);
    shown.forEach((d, i) => {
      const y = i * (bar + 4);
      svg.append('text').attr('x', 78).attr('y', y + 13).attr('text-anchor', 'end').text(d.k === 1 ? '1 core' : d.k + ' cores');
      svg.append('rect').attr('x', 88).attr('y', y).attr('height', bar).attr('width', x(d.ns)).attr('fill', d.k ? css('accent') : css('line')).attr('fill-opacity', 0.75);
      svg.append('text').attr('class', 'soft').attr('x', 94 + x(d.ns)).attr('y', y + 13).text(`${duration(d.ns)}, ${percent(d.ns / run.makespan_ns)}`);
    });
  };
  draw();
  redraws.push(draw);
}

function distributions(parent, run) {
  if (!run.histograms.length) return;
  const s = section(parent, 'Distributions', 'Buckets are an eighth of a power of two; lines mark p50, p90 and p99.').attr('id', 'distributions');
  const table = s.append('div').attr('class', 'table').append('table');
  table.append('thead').append('tr').selectAll('th').data(['what', 'count', 'mean', 'p50', 'p90', 'p99', 'max']).join('th').text(d => d);
  run.histograms.forEach(h => {
    const row = table.append('tr');
    prose(row.append('td'), h.kind + ' `' + h.name + '`');
    row.append('td').text(number(h.count));
    ['mean', 'p50', 'p90', 'p99', 'max'].forEach(k => row.append('td').attr('data-value', h[k + '_ns']).text(duration(h[k + '_ns'])));
  });
  const grid = s.append('div').attr('class', 'columns');
  const draw = () => {
    grid.selectAll('*').remove();
    run.histograms.filter(h => h.count >= 5).slice(0, 12).forEach(h => histogram(grid.append('div'), h));
  };
  draw();
  redraws.push(draw);
}

function histogram(out, h) {
  prose(out.append('h3'), h.kind + ' `' + h.name + '`');
  const width = 540, height = 150, svg = chart(out, width, height + 34, h.kind + ' ' + h.name);
  const low = Math.max(1, h.buckets[0][0]), high = h.buckets[h.buckets.length - 1][1];
  const x = d3.scaleLog([low, Math.max(high, low * 2)], [44, width - 8]), y = d3.scaleLinear([0, d3.max(h.buckets, b => b[2])], [height, 16]).nice(4);
  const decades = d3.range(0, 14).map(k => 10 ** k).filter(v => v >= low && v <= high);
  const marks = decades.length >= 2 ? decades : [low, Math.sqrt(low * high), high];
  svg.append('g').attr('class', 'axis grid').attr('transform', 'translate(44,0)').call(d3.axisLeft(y).ticks(4).tickSize(52 - width).tickFormat(d3.format('~s')));
  svg.append('g').attr('class', 'axis').attr('transform', `translate(0,${height})`).call(d3.axisBottom(x).tickValues(marks).tickFormat(v => duration(v).replace('.000', '')));
  h.buckets.forEach(([a, b, count]) => tipOn(svg.append('rect').datum(0).attr('x', x(Math.max(low, a))).attr('width', Math.max(1, x(b) - x(Math.max(low, a)) - 0.6))
    .attr('y', y(count)).attr('height', height - y(count)).attr('fill', css('accent')).attr('fill-opacity', 0.75), () => `${duration(a)} to ${duration(b)}\n${number(count)} of ${number(h.count)}`));
  [['p50', h.p50_ns], ['p90', h.p90_ns], ['p99', h.p99_ns]].forEach(([name, ns], i) => {
    if (ns < low) return;
    svg.append('line').attr('x1', x(ns)).attr('x2', x(ns)).attr('y1', 16).attr('y2', height).attr('stroke', css('bad')).attr('stroke-dasharray', '3 3');
    if (!i || Math.abs(x(ns) - x([h.p50_ns, h.p90_ns][i - 1])) > 28)
      svg.append('text').attr('class', 'soft').attr('x', x(ns)).attr('y', 10).attr('text-anchor', x(ns) > width - 40 ? 'end' : 'start').text(name);
  });
}
