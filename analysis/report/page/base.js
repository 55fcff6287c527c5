// What every part of the page uses: the data, figures as text, colours, sections, the tip at the pointer.
const data = JSON.parse(document.getElementById('data').textContent);
const page = d3.select('#report');
const tip = d3.select('body').append('div').attr('id', 'tip').attr('role', 'status');

// Figures as people read them; durations as in the verdict, with four significant digits.
const digits = v => v >= 1000 ? v.toFixed(0) : v >= 100 ? v.toFixed(1) : v >= 10 ? v.toFixed(2) : v.toFixed(3);
function duration(ns) {
  if (ns < 0) return '-' + duration(-ns);
  for (const [size, unit] of [[1e9, 's'], [1e6, 'ms'], [1e3, 'us']]) if (ns >= size - size / 20000) return digits(ns / size) + ' ' + unit;
  return Math.round(ns) + ' ns';
}
const percent = share => share > 0 && share < 0.0995 ? (100 * share).toFixed(1) + ' %' : Math.round(100 * share) + ' %';
const factor = permille => (permille / 1000).toFixed(2);
const number = n => n.toLocaleString('en-US');

// The unit that a span of time is best shown in.
function timeUnit(span) {
  const found = [[1e9, 's'], [1e6, 'ms'], [1e3, 'us'], [1, 'ns']].find(([size]) => span >= 2 * size) || [1, 'ns'];
  return {size: found[0], name: found[1]};
}
// An axis of time whose ticks are round in that unit.
function timeAxis(scale, ticks, make) {
  const [a, b] = scale.domain(), unit = timeUnit(b - a);
  const values = d3.ticks(a / unit.size, b / unit.size, ticks);
  const step = values.length > 1 ? values[1] - values[0] : 1;
  const places = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return (make || d3.axisBottom)(scale).tickValues(values.map(v => v * unit.size)).tickFormat(v => (v / unit.size).toFixed(places) + ' ' + unit.name);
}

// Colours: states by name from the style sheet (safe for colour-blind people); anything else from Okabe and Ito's palette.
const palette = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#8b95a1', '#b9a200'];
const css = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const stateColor = name => css(name) || palette[data.states.findIndex(s => s.name === name) % palette.length];
const stateText = name => name.replace(/_/g, ' ');
const about = Object.fromEntries(data.states.map(s => [s.name, s.about]));

// Text in which `names` are set as code.
function prose(selection, text) {
  text.split('`').forEach((part, i) => part && (i % 2 ? selection.append('code') : selection.append('span')).text(part));
  return selection;
}
const doing = d => d.party === '' ? 'nobody (on its way)' : d.party + (d.label ? ' `' + d.label + '`' : '') + (d.state ? ': ' + stateText(d.state) : '');

function section(parent, title, subtitle) {
  const s = parent.append('section');
  s.append('h2').text(title);
  if (subtitle) prose(s.append('p').attr('class', 'soft'), subtitle);
  return s;
}
function legend(parent, items) {
  parent.append('div').attr('class', 'legend').selectAll('span').data(items).join('span')
    .call(s => s.append('i').style('background', d => d.color)).call(s => s.append('span').text(d => d.text));
}
function showTip(event, text) {
  tip.text(text).style('display', 'block');
  const box = tip.node().getBoundingClientRect();
  tip.style('left', Math.min(event.clientX + 14, innerWidth - box.width - 8) + 'px')
    .style('top', Math.max(8, event.clientY - box.height - 10) + 'px');
}
const hideTip = () => tip.style('display', 'none');
// D3 5 keeps the event in d3.event, later versions hand it over.
const tipOn = (selection, text) => selection
  .on('mousemove', function (a, b) { const e = a instanceof Event ? a : d3.event; showTip(e, text(d3.select(this).datum())); })
  .on('mouseleave', hideTip);
// A chart of that size in user units, which scales with the page.
function chart(parent, width, height, label) {
  return parent.append('svg').attr('viewBox', `0 0 ${width} ${height}`).attr('role', 'img').attr('aria-label', label);
}
// A cell that shows a figure of summary.json: where it is from and its exact value stay with it.
function figure(cell, path, value, text) {
  return cell.attr('data-figure', path).attr('data-value', value).attr('title', `${path} = ${value}`).text(text);
}
// What must be drawn again when the colours change.
const redraws = [];
