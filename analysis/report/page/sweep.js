// Sweeps: curves with confidence bands, speed-up with its fit and bounds, heat maps over two axes, the table of all points.
function sweepSections() {
  data.sweeps.forEach(sweep => {
    const s = section(page, data.summary ? 'Sweep: ' + sweep.title : 'The sweep', `${sweep.file}: ${sweep.scenario}, repeat ${sweep.repeat}, gilsim ${sweep.release} (${sweep.commit})`).attr('class', 'sweep');
    // The verdict's sentences stand behind its table; lines that begin with spaces go on.
    const answer = s.append('div').attr('class', 'answer');
    sweep.verdict.trim().split(/\n\s*\n/).slice(2).join('\n').replace(/\n +/g, ' ').split('\n').filter(t => t).forEach(t => prose(answer.append('p'), t));
    const measures = sweepMeasures(sweep), place = s.append('div');
    const draw = () => {
      place.selectAll('*').remove();
      legend(place, sweep.variants.map((v, i) => ({color: palette[i % palette.length], text: v})));
      const grid = place.append('div').attr('class', 'columns');
      sweep.axes.forEach((axis, a) => {
        if (axis.values.length > 1 && !(axis.in_step && sweep.axes.findIndex(x => x.in_step) < a)) measures.forEach(m => curve(grid.append('div'), sweep, a, m));
      });
      sweep.scaling.forEach(f => scaling(grid.append('div'), f));
      heatMaps(place, sweep, measures[0]);
      sweepTable(place, sweep, measures);
    };
    draw();
    redraws.push(draw);
  });
}

// What there is to show: a key of an entry, a title with the unit, and how a value is told.
function sweepMeasures(sweep) {
  const has = key => sweep.entries.some(e => e[key]);
  const all = [
    {key: 'throughput_per_s', title: `throughput of ${sweep.request}, 1/s`, text: v => number(Math.round(v)), on: sweep.by_rate},
    {key: 'makespan_ns', title: 'makespan', text: duration, on: !sweep.by_rate, time: true},
    {key: 'latency_p50_ns', title: `latency p50 of ${sweep.request}`, text: duration, on: true, time: true},
    {key: 'latency_p99_ns', title: `latency p99 of ${sweep.request}`, text: duration, on: true, time: true},
  ];
  return all.filter(m => m.on && has(m.key));
}

const axisText = (axis, v) => axis.dimension === 'time' && v.number !== null ? duration(v.number).replace('.000', '') : v.text;

// One curve per variant and per value of the other axes, up to eight of those.
function curve(out, sweep, a, m) {
  const axis = sweep.axes[a], width = 540, height = 250, left = 74;
  out.append('h3').text(`${m.title} by ${axis.name}`);
  const svg = chart(out, width, height + 40, `${m.title} by ${axis.name}`);
  const numeric = axis.values.every(v => v.number !== null);
  const x = numeric ? (axis.scale === 'log' ? d3.scaleLog() : d3.scaleLinear()).domain(d3.extent(axis.values, v => v.number)).range([left + 14, width - 16])
    : d3.scalePoint(axis.values.map(v => v.text), [left + 24, width - 24]);
  const numberOf = Object.fromEntries(axis.values.map(v => [v.text, numeric ? v.number : v.text]));
  const shown = sweep.entries.filter(e => e[m.key] && !e.bad_end);
  const values = shown.flatMap(e => [e[m.key].mean + e[m.key].half, Math.max(e[m.key].mean - e[m.key].half, e[m.key].mean / 2)]);
  const wide = d3.max(values) / Math.max(1e-9, d3.min(values)) > 50;
  const y = (wide ? d3.scaleLog().domain([d3.min(values) * 0.9, d3.max(values) * 1.1]) : d3.scaleLinear().domain([0, d3.max(values) * 1.05])).range([height, 10]);
  const grid = svg.append('g').attr('class', 'axis grid').attr('transform', `translate(${left},0)`);
  grid.call(m.time && !wide ? timeAxis(y, 5, d3.axisLeft).tickSize(left - width) : d3.axisLeft(y).ticks(5).tickSize(left - width).tickFormat(m.text));
  const bottom = numeric ? d3.axisBottom(x).tickValues(axis.values.length <= 9 ? axis.values.map(v => v.number) : null).tickFormat(n => {
    const v = axis.values.find(value => value.number === n);
    return v ? axisText(axis, v) : axis.dimension === 'time' ? duration(n) : n;
  }) : d3.axisBottom(x);
  svg.append('g').attr('class', 'axis').attr('transform', `translate(0,${height})`).call(bottom);
  svg.append('text').attr('class', 'soft').attr('x', (left + width) / 2).attr('y', height + 34).attr('text-anchor', 'middle').text(axis.name);
  const others = e => e.values.filter((_, i) => i !== a && !(axis.in_step && sweep.axes[i].in_step)).join(', ');
  const dashes = [null, '6 3', '2 3', '8 3 2 3', '12 4', '1 2', '4 2', '10 2'];
  const groups = [...new Set(sweep.entries.map(others))].slice(0, dashes.length);
  sweep.variants.forEach((variant, i) => groups.forEach((group, g) => {
    const points = shown.filter(e => e.variant === variant && others(e) === group);
    if (!points.length) return;
    const color = palette[i % palette.length], px = e => x(numberOf[e.values[a]]), low = e => Math.max(y.domain()[0], e[m.key].mean - e[m.key].half);
    if (points.some(e => e[m.key].half)) svg.append('path').attr('class', 'band').attr('fill', color).attr('fill-opacity', 0.18)
      .attr('d', d3.area().x(px).y0(e => y(low(e))).y1(e => y(e[m.key].mean + e[m.key].half))(points));
    svg.append('path').attr('class', 'curve').attr('fill', 'none').attr('stroke', color).attr('stroke-width', 2).attr('stroke-dasharray', dashes[g]).attr('d', d3.line().x(px).y(e => y(e[m.key].mean))(points));
    points.forEach(e => tipOn(svg.append('circle').datum(e).attr('cx', px(e)).attr('cy', y(e[m.key].mean)).attr('r', 3.5).attr('fill', color), d =>
      `${variant}: ${sweep.axes.map((ax, k) => `${ax.name} = ${d.values[k]}`).join(', ')}\n${m.text(d[m.key].mean)}` +
      (d[m.key].half ? ` ± ${m.text(d[m.key].half)} (95 %, ${d[m.key].count} runs)` : '') + `\nlimited by ${d.limited_by}`));
  }));
  if (groups.length > 1) out.append('p').attr('class', 'soft').text('lines: ' + groups.map((g, i) => `${['solid', 'dashed', 'dotted', 'dash-dot'][i] || 'line ' + (i + 1)}: ${g}`).join('; '));
}

// Speed-up against the ideal line and Amdahl's bound, with the fitted law and its knee.
function scaling(out, fit) {
  const width = 540, height = 250, left = 50, most = d3.max(fit.speed_up, p => p[0]);
  out.append('h3').text(`speed-up of ${fit.variant} by ${fit.axis}`);
  const svg = chart(out, width, height + 40, 'speed-up of ' + fit.variant).attr('class', 'fit');
  const law = n => n / (1 + fit.sigma * (n - 1) + fit.kappa * n * (n - 1)), amdahl = n => n / (1 + fit.sigma * (n - 1));
  const x = d3.scaleLinear([1, most], [left + 10, width - 16]), y = d3.scaleLinear([0, Math.max(1.2, Math.min(most, 1.6 * d3.max(fit.speed_up, p => p[1])))], [height, 10]);
  svg.append('g').attr('class', 'axis grid').attr('transform', `translate(${left},0)`).call(d3.axisLeft(y).ticks(5).tickSize(left - width));
  svg.append('g').attr('class', 'axis').attr('transform', `translate(0,${height})`).call(d3.axisBottom(x).ticks(8));
  svg.append('text').attr('class', 'soft').attr('x', (left + width) / 2).attr('y', height + 34).attr('text-anchor', 'middle').text(fit.axis);
  const ns = d3.range(61).map(i => 1 + (most - 1) * i / 60), inside = f => ns.filter(n => f(n) <= y.domain()[1]);
  const line = (f, color, dash) => svg.append('path').attr('fill', 'none').attr('stroke', color).attr('stroke-width', 1.6).attr('stroke-dasharray', dash).attr('d', d3.line().x(n => x(n)).y(n => y(f(n)))(inside(f)));
  line(n => n, css('soft'), '2 4');
  line(amdahl, css('runnable'), '7 4');
  line(law, css('accent'), null);
  fit.speed_up.forEach(p => tipOn(svg.append('circle').datum(p).attr('cx', x(p[0])).attr('cy', y(p[1])).attr('r', 4).attr('fill', css('accent')), d => `${d[0]}: ${d[1].toFixed(2)} times`));
  if (fit.knee >= 1 && fit.knee <= most) svg.append('line').attr('x1', x(fit.knee)).attr('x2', x(fit.knee)).attr('y1', y(law(fit.knee))).attr('y2', height).attr('stroke', css('bad')).attr('stroke-dasharray', '3 3');
  legend(out, [{color: css('soft'), text: 'ideal'}, {color: css('runnable'), text: fit.sigma > 0 ? `Amdahl, bound ${(1 / fit.sigma).toFixed(1)}` : 'Amdahl'}, {color: css('accent'), text: 'Universal Scalability Law'}]);
  out.append('p').attr('class', 'soft').text(`serial share σ = ${percent(fit.sigma)}, coherency κ = ${fit.kappa.toExponential(1)}, R² = ${fit.r_squared.toFixed(3)}; ` +
    (fit.knee ? `knee at ${fit.knee.toFixed(1)}: more than that slows it down` : 'no knee'));
}

// For the first two axes, one map per variant: dark is better.
function heatMaps(place, sweep, m) {
  const free = sweep.axes.map((axis, i) => ({axis, i})).filter(a => a.axis.values.length > 1 && !a.axis.in_step);
  if (free.length < 2 || !m) return;
  const [rows, columns] = free, grid = place.append('div').attr('class', 'columns');
  sweep.variants.forEach(variant => {
    const entries = sweep.entries.filter(e => e.variant === variant && e[m.key] && !e.bad_end && free.slice(2).every(f => e.values[f.i] === f.axis.values[0].text));
    if (!entries.length) return;
    const out = grid.append('div').attr('class', 'map'), good = e => m.time ? -Math.log(e[m.key].mean) : e[m.key].mean;
    out.append('h3').text(`${variant}: ${m.title}` + (free.length > 2 ? ', at ' + free.slice(2).map(f => `${f.axis.name} = ${f.axis.values[0].text}`).join(', ') : ''));
    const [worst, best] = d3.extent(entries, good);
    const table = out.append('div').attr('class', 'table').append('table').attr('class', 'matrix'), head = table.append('thead').append('tr');
    head.append('th').text(`${rows.axis.name} \\ ${columns.axis.name}`);
    columns.axis.values.forEach(v => head.append('th').text(axisText(columns.axis, v)));
    rows.axis.values.forEach(r => {
      const row = table.append('tr');
      row.append('td').text(axisText(rows.axis, r));
      columns.axis.values.forEach(c => {
        const e = entries.find(entry => entry.values[rows.i] === r.text && entry.values[columns.i] === c.text);
        const share = e ? (good(e) - worst) / Math.max(best - worst, m.time ? 0.1 : best / 10) : 0;
        row.append('td').attr('class', 'heat').text(e ? m.text(e[m.key].mean) : '').style('background', e ? `color-mix(in srgb, var(--bytecode) ${Math.round(6 + 60 * share)}%, var(--paper))` : null);
      });
    });
  });
}

function sweepTable(place, sweep, measures) {
  const more = place.append('details');
  more.append('summary').text(`All ${sweep.entries.length} points`);
  const table = more.append('div').attr('class', 'table').append('table'), head = table.append('thead').append('tr');
  [...sweep.axes.map(a => a.name), 'variant', ...measures.map(m => m.title), 'runs', 'cores busy', 'GIL wait', 'limited by'].forEach((t, i, all) => head.append('th').text(t).classed('text', i === all.length - 1));
  sweep.entries.forEach(e => {
    const row = table.append('tr');
    e.values.forEach(v => row.append('td').text(v));
    row.append('td').text(e.variant);
    measures.forEach(m => row.append('td').text(e[m.key] ? m.text(e[m.key].mean) + (e[m.key].half ? ' ± ' + m.text(e[m.key].half) : '') : '-'));
    row.append('td').text(e.results + ' of ' + e.planned);
    row.append('td').text(`${factor(e.cores_busy_permille)} of ${e.cores}`);
    row.append('td').text(percent(e.gil_wait_permille / 1000));
    row.append('td').attr('class', 'text').text(e.failed ? 'failed: ' + e.error : e.bad_end || e.limited_by);
  });
}
