// The answer: what was asked, which variant wins and why, what to try, where the time went.
function header() {
  const s = data.summary;
  const top = page.append('header').append('div').attr('class', 'bar spread');
  const words = top.append('div');
  const sweep = data.sweeps[0];
  words.append('h1').text(s ? s.title || s.scenario : sweep ? sweep.title || sweep.scenario : 'How far predictions can be trusted');
  words.append('p').attr('class', 'soft').text((s ? s.scenario + ', ' : '') + 'simulated by ' + data.made_by);
  const dark = () => document.documentElement.classList.contains('dark');
  const button = top.append('button').text('light / dark').on('click', () => {
    document.documentElement.classList.toggle('dark');
    redraws.forEach(draw => draw());
  });
  button.attr('aria-pressed', dark());
  if (data.comparison && data.comparison.sentences.length) {
    const answer = page.append('div').attr('class', 'answer').attr('id', 'answer');
    data.comparison.sentences.forEach(text => prose(answer.append('p'), text));
  }
  data.notes.forEach(text => page.append('p').attr('class', 'soft').text(text));
}

function comparisonTable() {
  const runs = data.summary.variants, first = runs[0];
  const kinds = {};
  runs.forEach(r => r.requests.forEach(q => kinds[q.name] = (kinds[q.name] || 0) + q.count));
  const kind = Object.keys(kinds).sort((a, b) => kinds[b] - kinds[a])[0];
  const columns = ['variant', 'makespan', 'speed-up'];
  if (kind) columns.push(kind + ', 1/s', 'p50', 'p99');
  columns.push('cores busy', 'GIL held', 'GIL wait', 'limited by');
  const table = page.append('div').attr('class', 'table').append('table').attr('id', 'comparison');
  table.append('thead').append('tr').selectAll('th').data(columns).join('th').text(d => d).classed('text', d => d === 'limited by');
  const longest = d3.max(runs, r => r.makespan_ns);
  runs.forEach((run, i) => {
    const v = data.comparison.variants[i], row = table.append('tr');
    row.append('td').text(run.name);
    const span = figure(row.append('td'), `variants.${run.name}.makespan_ns`, run.makespan_ns, (run.outcome === 'limit' ? '> ' : '') + duration(run.makespan_ns));
    span.append('span').attr('class', 'gauge').style('width', Math.max(1, 70 * run.makespan_ns / longest) + 'px');
    const comparable = run.outcome === 'completed' && first.outcome === 'completed';
    row.append('td').text(comparable ? (first.makespan_ns / run.makespan_ns).toFixed(2) : ['completed', 'limit'].includes(run.outcome) ? '-' : run.outcome.replaceAll('_', ' '));
    if (kind) {
      const q = run.requests.find(r => r.name === kind), at = `variants.${run.name}.requests.${kind}`;
      if (q) {
        figure(row.append('td'), at + '.throughput_per_s', q.throughput_per_s, number(q.throughput_per_s));
        figure(row.append('td'), at + '.latency.p50_ns', q.latency.p50_ns, duration(q.latency.p50_ns));
        figure(row.append('td'), at + '.latency.p99_ns', q.latency.p99_ns, duration(q.latency.p99_ns));
      } else for (let k = 0; k < 3; ++k) row.append('td').text('-');
    }
    row.append('td').text(`${factor(v.cores_busy_permille)} of ${v.cores}`);
    row.append('td').text(percent(v.gil_held_permille / 1000));
    row.append('td').text(percent(v.gil_wait_permille / 1000));
    row.append('td').attr('class', 'text').text(v.limited_by);
  });
}

function findings() {
  const all = data.runs.flatMap(run => run.findings.map(f => ({...f, variant: run.variant})));
  if (!data.runs.length) return;
  const s = section(page, 'What holds it up, and what to try', all.length ? 'Each proposal was simulated; its gain is what came out.' : '').attr('id', 'findings');
  if (!all.length) s.append('p').text('No findings: nothing but its own work holds this program up.');
  all.forEach(f => {
    const card = s.append('article').attr('class', 'finding').attr('data-finding', f.id);
    const title = prose(card.append('h3'), f.title);
    if (data.runs.length > 1) title.append('span').attr('class', 'where').text(' in ' + f.variant);
    prose(card.append('p'), f.evidence);
    prose(card.append('p'), f.advice);
    f.trials.forEach(t => {
      const row = card.append('div').attr('class', 'trial ' + (t.gain_permille >= 1050 ? 'up' : t.gain_permille ? 'down' : ''));
      row.append('b').text(t.gain_permille ? '× ' + factor(t.gain_permille) : '-');
      prose(row.append('span'), t.what + ': ' + t.result);
    });
  });
}

// Bars of the time of each thread by state; beyond a number of threads, of groups of threads alike.
function stateBars() {
  const s = section(page, 'Where the time went', 'Each bar is the life of a thread; many threads that are alike share one bar of their mean.').attr('id', 'states');
  const used = data.states.filter(st => data.summary.variants.some(v => v.threads.some(t => t.states_ns[st.name])));
  const draw = () => {
    s.selectAll('.drawn').remove();
    const out = s.append('div').attr('class', 'drawn');
    legend(out, used.map(st => ({color: stateColor(st.name), text: stateText(st.name)})));
    const longest = d3.max(data.summary.variants, v => v.makespan_ns);
    data.summary.variants.forEach(run => barsOf(out, run, used, longest));
  };
  redraws.push(draw);
  draw();
}

function barsOf(out, run, used, longest) {
  const group = t => (t.process === run.processes[0].name ? '' : t.process.replace(/[-_/]\d+$/, '') + '/') + t.name.replace(/[-_/]\d+$/, '');
  let rows = run.threads.map(t => ({name: (t.process === run.processes[0].name ? '' : t.process + '/') + t.name, states: t.states_ns, count: 1}));
  if (rows.length > 12) {
    rows = d3.nest().key(group).entries(run.threads).map(({key, values}) => ({
      name: key, count: values.length,
      states: Object.fromEntries(used.map(st => [st.name, d3.mean(values, t => t.states_ns[st.name] || 0)])),
    })).slice(0, 40);
  }
  const left = 170, width = 1120, bar = 17, height = rows.length * (bar + 4) + 26;
  out.append('h3').text(run.name);
  const svg = chart(out, width, height, 'time by state of ' + run.name);
  const x = d3.scaleLinear([0, longest], [left, width - 10]);
  svg.append('g').attr('class', 'axis').attr('transform', `translate(0,${height - 22})`).call(timeAxis(x, 8));
  rows.forEach((row, i) => {
    const y = i * (bar + 4);
    const name = row.count > 1 ? `${row.name} (${number(row.count)})` : row.name;
    svg.append('text').attr('x', left - 8).attr('y', y + bar - 4).attr('text-anchor', 'end').text(name.length > 24 ? name.slice(0, 23) + '…' : name);
    let at = 0;
    const total = d3.sum(used, st => row.states[st.name] || 0);
    used.forEach(st => {
      const ns = row.states[st.name] || 0;
      if (!ns) return;
      tipOn(svg.append('rect').datum(0).attr('x', x(at)).attr('y', y + (st.on_core ? 0 : 3)).attr('width', Math.max(0.4, x(at + ns) - x(at)))
        .attr('height', bar - (st.on_core ? 0 : 6)).attr('fill', stateColor(st.name)),
      () => `${name}\n${stateText(st.name)}: ${duration(ns)} (${percent(ns / total)})\n${about[st.name]}`);
      at += ns;
    });
  });
}
