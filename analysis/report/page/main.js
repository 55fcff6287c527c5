// Puts the page together.
if (matchMedia('(prefers-color-scheme: dark)').matches) document.documentElement.classList.add('dark');

function runSections(run) {
  const parent = d3.select('#run');
  redraws.splice(window.gilsim.permanent);
  parent.selectAll('*').remove();
  const timeline = timelineSection(parent, run);
  window.gilsim.timeline = timeline;
  waitSection(parent, run, timeline);
  criticalPath(parent, run);
  activity(parent, run, timeline);
  parallelism(parent, run);
  memorySection(parent, run, timeline);
  distributions(parent, run);
}

function chooseRun() {
  if (!data.runs.length) return;
  page.append('h2').text('A closer look');
  const tabs = page.append('div').attr('class', 'bar').attr('role', 'tablist').attr('id', 'tabs');
  page.append('div').attr('id', 'run');
  window.gilsim.permanent = redraws.length;
  const choose = run => {
    buttons.classed('on', d => d === run).attr('aria-selected', d => d === run);
    runSections(run);
  };
  const buttons = tabs.selectAll('button').data(data.runs).join('button').attr('role', 'tab').text(d => d.variant)
    .on('click', function () { choose(d3.select(this).datum()); });
  const most = data.runs.find(r => r.findings.length) || data.runs[0];
  choose(most);
}

function reproduce() {
  const m = data.manifest;
  if (!m) return;
  const s = section(page, 'How to make it again').attr('id', 'reproduce');
  prose(s.append('p'), 'gilsim ' + m.release + ' (' + m.commit + '), built by ' + m.compiler + ' with SimGrid ' + m.simgrid + ', was called as');
  s.append('pre').text('gilsim ' + m.command.map(w => /^[\w./:=,+-]+$/.test(w) ? w : "'" + w + "'").join(' '));
  prose(s.append('p'), '`gilsim reproduce manifest.json` runs it again and compares every output. What was run, with nothing left to resolve:');
  m.variants.forEach(v => {
    const d = s.append('details');
    d.append('summary').text(v.name);
    d.append('pre').text(JSON.stringify(v.resolved, null, 2));
  });
}

window.gilsim = {data, duration, permanent: 0};
header();
if (data.summary) {
  comparisonTable();
  findings();
  stateBars();
}
sweepSections();
chooseRun();
accuracy();
reproduce();
window.gilsim.ready = true;
