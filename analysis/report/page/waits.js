// Who made whom wait: a matrix per thing waited for, and the worst waits in words.
function waitSection(parent, run, timeline) {
  if (!run.waits.matrix.length) return;
  const s = section(parent, 'Who made whom wait', 'Rows waited, columns had what they waited for. Every wait is divided among those who had it meanwhile, to the nanosecond.').attr('id', 'waits');
  const kinds = d3.nest().key(m => m.wanted + '|' + m.lock).entries(run.waits.matrix)
    .map(k => ({...k, total: d3.sum(k.values, v => v.ns)})).sort((a, b) => b.total - a.total).slice(0, 6);
  const title = {gil: 'the GIL', core: 'a core', lock: 'lock '};
  const draw = () => {
    s.selectAll('.drawn').remove();
    kinds.forEach(kind => {
      const [wanted, lock] = kind.key.split('|');
      matrix(s.append('div').attr('class', 'drawn'), `Waiting for ${title[wanted]}${lock ? '`' + lock + '`' : ''}: ${duration(kind.total)} in all`, kind.values, kind.total);
    });
    s.selectAll('.worst').raise();
  };
  draw();
  redraws.push(draw);
  const worst = s.append('div').attr('class', 'worst');
  worst.append('h3').text('The worst waits');
  worst.append('ol').attr('class', 'waits').selectAll('li').data(run.waits.worst).join('li').each(function (w) {
    const item = prose(d3.select(this), w.text + '. ');
    item.append('button').text('show').on('click', () => {
      timeline.show(Math.max(0, w.begin_ns - w.ns * 0.3), w.begin_ns + w.ns * 1.3);
      timeline.canvas.scrollIntoView({block: 'center'});
    });
  });
}

function matrix(out, title, entries, total) {
  prose(out.append('h3'), title);
  const key = d => d.party === '' ? 'nobody (on its way)' : d.party + (d.label ? ' `' + d.label + '`' : '');
  const byTime = name => d3.nest().key(m => name(m)).rollup(v => d3.sum(v, m => m.ns)).entries(entries).sort((a, b) => b.value - a.value).map(e => e.key);
  const columns = byTime(m => doing(m.holder)).slice(0, 8), rows = byTime(m => key(m.waiter)).slice(0, 12);
  const sum = d3.nest().key(m => key(m.waiter) + '\n' + doing(m.holder)).rollup(v => d3.sum(v, m => m.ns)).object(entries);
  const largest = d3.max(Object.values(sum));
  const table = out.append('div').attr('class', 'table').append('table').attr('class', 'matrix');
  const head = table.append('thead').append('tr');
  head.append('th').text('waited \\ had it');
  columns.forEach(c => prose(head.append('th'), c));
  head.append('th').text('all');
  rows.forEach(r => {
    const row = table.append('tr');
    prose(row.append('td'), r);
    columns.forEach(c => {
      const ns = sum[r + '\n' + c] || 0;
      row.append('td').attr('class', 'heat').text(ns ? duration(ns) : '').attr('title', percent(ns / total) + ' of all')
        .style('background', ns ? `color-mix(in srgb, var(--waiting_gil) ${Math.round(8 + 62 * ns / largest)}%, var(--paper))` : null);
    });
    row.append('td').text(duration(d3.sum(entries.filter(m => key(m.waiter) === r), m => m.ns)));
  });
  const left = byTime(m => doing(m.holder)).length - columns.length;
  if (left > 0) out.append('p').attr('class', 'soft').text(`${left} smaller columns are left out; the sums contain them.`);
}
