// Where records are given: predictions beside what was measured on a real machine.
const errorText = e => e === null ? 'no ratio' : percent(e);
const inSeconds = {ns: 1, us: 1e3, ms: 1e6, s: 1e9};
const inBytes = {bytes: 1, KiB: 1024, MiB: 1048576};

// A figure of a record in the unit that suits it.
function recorded(x, unit) {
  if (inSeconds[unit]) return duration(x * inSeconds[unit]);
  if (inBytes[unit]) return bytes(x * inBytes[unit]);
  const text = Math.abs(x) >= 1000 ? number(Math.round(x)) : String(Number(x.toPrecision(4)));
  return unit === 'per_s' ? text + ' /s' : text;
}
const times = r => String(Number(r.toPrecision(3)));
const nearness = c => c.fitted ? 'fit' : c.error === 0 ? 'inside' : 'outside';
const nearnessColor = {inside: 'good', outside: 'bad', fit: 'soft'};

// Measured as a multiple of what was predicted: from half to twice, the same for all rows, so that they line up.
const ratioWidth = 190;
const ratioScale = () => d3.scaleLog([0.5, 2], [6, ratioWidth - 6]).clamp(true);
function ratioAxis(cell) {
  const svg = chart(cell, ratioWidth, 31, 'measured / predicted, from half to twice').attr('class', 'ratio'), x = ratioScale();
  svg.append('text').attr('class', 'soft').attr('x', x(1)).attr('y', 11).attr('text-anchor', 'middle').text('measured / predicted');
  [[0.5, '½'], [0.8, '0.8'], [1, '1'], [1.25, '1.25'], [2, '2']].forEach(([at, text]) =>
    svg.append('text').attr('class', 'soft').attr('x', x(at)).attr('y', 27).attr('text-anchor', 'middle').text(text));
}
// One figure: the 95 % interval as a bar, its median as a mark, the prediction as the line at 1; arrows where it goes on.
function ratioMark(cell, c) {
  if (c.ratio === null) return cell.attr('class', 'text soft').text('no ratio');
  const svg = chart(cell, ratioWidth, 18, `measured is ${times(c.ratio)} times what was predicted`).attr('class', 'ratio'), x = ratioScale();
  const color = `var(--${nearnessColor[nearness(c)]})`, low = x(c.ratio_low), high = x(c.ratio_high);
  svg.append('line').attr('x1', x(1)).attr('x2', x(1)).attr('y1', 0).attr('y2', 18).attr('stroke', 'var(--soft)').attr('stroke-dasharray', '2 2');
  svg.append('rect').attr('class', 'interval').attr('x', low).attr('y', 6).attr('width', Math.max(1.5, high - low)).attr('height', 6).attr('rx', 2).attr('fill', color).attr('fill-opacity', 0.4);
  svg.append('circle').attr('class', nearness(c)).attr('cx', x(c.ratio)).attr('cy', 9).attr('r', 3.6).attr('stroke', color).attr('stroke-width', 1.6)
    .attr('fill', c.error === 0 && !c.fitted ? color : 'var(--paper)');
  if (c.ratio_low < 0.5) svg.append('path').attr('d', 'M5,4 L0,9 L5,14').attr('fill', 'none').attr('stroke', color);
  if (c.ratio_high > 2) svg.append('path').attr('d', `M${ratioWidth - 5},4 L${ratioWidth},9 L${ratioWidth - 5},14`).attr('fill', 'none').attr('stroke', color);
  return tipOn(svg.datum(c), d => `${d.cell}: ${d.output}\nmeasured ${recorded(d.measured, d.unit)}, predicted ${recorded(d.predicted, d.unit)}\n` +
    `measured / predicted ${times(d.ratio)}, ` + (d.repetitions > 1 ? `${(100 * d.confidence).toFixed(0)} % between ${times(d.ratio_low)} and ${times(d.ratio_high)}` : 'one repetition'));
}

// A table by columns of [head, how to fill a cell from a row, whether it is text]; a head that is a function draws itself.
function tableOf(parent, rows, columns) {
  const table = parent.append('div').attr('class', 'table').append('table'), head = table.append('thead').append('tr');
  columns.forEach(([title, , text]) => {
    const cell = head.append('th').classed('text', text);
    typeof title === 'function' ? title(cell) : cell.text(title);
  });
  rows.forEach(r => {
    const row = table.append('tr');
    columns.forEach(([, fill, text]) => {
      const cell = row.append('td').classed('text', text), told = fill(r, cell);
      if (typeof told === 'string' || typeof told === 'number') cell.text(told);
    });
  });
  return table;
}

// All figures of a kind on one line.
function kindMarks(cell, kind) {
  const all = data.accuracy.records.flatMap(r => r.comparisons.filter(c => c.kind === kind && !c.fitted && c.ratio !== null).map(c => ({...c, record: r.record})));
  const svg = chart(cell, ratioWidth, 18, `measured by predicted, ${all.length} figures`).attr('class', 'ratio'), x = ratioScale();
  svg.append('line').attr('x1', x(1)).attr('x2', x(1)).attr('y1', 0).attr('y2', 18).attr('stroke', 'var(--soft)').attr('stroke-dasharray', '2 2');
  all.forEach(c => tipOn(svg.append('circle').datum(c).attr('cx', x(c.ratio)).attr('cy', 9).attr('r', 2.6).attr('fill', `var(--${nearnessColor[nearness(c)]})`).attr('fill-opacity', 0.55),
    d => `${d.record}, ${d.cell}: ${d.output}\nmeasured / predicted ${times(d.ratio)}`));
}

function accuracy() {
  if (!data.accuracy) return;
  const all = data.accuracy.records;
  const s = section(page, 'Predicted against measured', 'Each record holds what a program did on a real machine. Its inputs were measured alone; from these and a profile it is predicted. ' +
    'The error is the distance from the prediction to the 95 % interval of the measured median, the raw error that to the median itself.').attr('id', 'accuracy');
  tableOf(s, data.accuracy.kinds, [['kind', k => k.kind], ['figures', k => k.figures], ['median error', k => errorText(k.median_error)], ['worst error', k => errorText(k.worst_error)],
    ['median raw', k => errorText(k.median_raw_error)], ['worst raw', k => errorText(k.worst_raw_error)], [ratioAxis, (k, cell) => kindMarks(cell, k.kind)], ['the worst', k => k.worst_error > 0 || k.worst_error === null ? k.worst : '', true]])
    .attr('id', 'kinds');
  legend(s, [{color: 'var(--good)', text: 'the interval holds the prediction'}, {color: 'var(--bad)', text: 'it does not'}, {color: 'var(--soft)', text: 'fitted: says nothing'}]);
  all.forEach(record => recordSection(s.append('article').attr('class', 'record').attr('data-record', record.record), record, all.length <= 4));
}

function recordSection(out, record, open) {
  out.append('h3').text(record.record);
  if (record.about && record.about !== record.record) out.append('p').attr('class', 'soft').text(record.about);
  out.append('p').attr('class', 'verdict').text(record.verdict);
  const more = out.append('details').property('open', open);
  more.append('summary').text(`${record.comparisons.length} figures`);
  tableOf(more, record.comparisons, [['cell', c => c.cell + (c.noisy ? ' ~' : '')], ['output', c => c.output, true], ['measured', c => recorded(c.measured, c.unit)],
    ['95 % of the median', c => c.repetitions > 1 ? `${recorded(c.measured_low, c.unit)} to ${recorded(c.measured_high, c.unit)}` : 'one repetition'],
    ['predicted', c => recorded(c.predicted, c.unit)], ['error', c => c.fitted ? 'fit' : errorText(c.error)], ['raw', c => errorText(c.raw_error)], [ratioAxis, (c, cell) => ratioMark(cell, c)]])
    .attr('class', 'comparisons');
  if (record.comparisons.some(c => c.noisy)) more.append('p').attr('class', 'soft').text('~ fewer than 3 quiet repetitions: disturbed ones count, too');
  usedInputs(out, record);
  const place = ['machine', 'kernel', 'c_library', 'python'].map(k => record.where[k]).filter(t => t);
  const profiles = [['machine', record.profiles.machine], ['interpreter', record.profiles.interpreter]].filter(p => p[1]).map(p => `${p[0]} \`${p[1]}\``);
  prose(out.append('p').attr('class', 'soft where'), `Measured on ${place.join('; ') || 'an unknown machine'}. Predicted with ${profiles.join(' and ') || "the scenario's own machine and interpreter"}.` +
    (record.source ? ` Source: ${record.source}.` : ''));
}

// What predictions were made from: conditions of each cell, and costs measured alone.
function usedInputs(out, record) {
  const rows = record.cells.flatMap(cell => [
    ...Object.entries(cell.given).map(([name, value]) => ({cell, name, value, range: '', about: 'given'})),
    ...cell.inputs.map(i => ({cell, name: i.input, value: recorded(i.median, i.unit), about: i.about,
      range: i.least === i.greatest ? '' : `${recorded(i.least, i.unit)} to ${recorded(i.greatest, i.unit)}`})),
    ...Object.entries(record.fitted).map(([name, value]) => ({cell, name, value: String(Number(value.toPrecision(4))), range: '', about: 'fitted'}))]);
  if (!rows.length) return;
  const more = out.append('details');
  more.append('summary').text('What it was predicted from');
  const quiet = c => `${c.cell} (${c.repetitions === 1 ? '1 repetition' : c.repetitions + ' repetitions'}, ${c.quiet} quiet)`;
  tableOf(more, rows, [['cell', r => rows.find(x => x.cell === r.cell) === r ? quiet(r.cell) : ''], ['input', r => r.name, true], ['median', r => r.value], ['least to greatest', r => r.range], ['', r => r.about, true]])
    .attr('class', 'inputs');
}
