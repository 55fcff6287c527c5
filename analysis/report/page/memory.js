// Memory over time, with the collections that stopped the program, and the longest of them.
const bytes = b => {
  for (const [size, unit] of [[2 ** 40, 'TiB'], [2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [2 ** 10, 'KiB']]) if (b >= size) return (b / size).toPrecision(3) + ' ' + unit;
  return Math.round(b) + ' B';
};

function memorySection(parent, run, timeline) {
  const {series, collections} = run.memory;
  if (!series.length) return;
  const s = section(parent, 'Memory', 'What each process has (RSS: all its resident pages; USS: those that nobody shares with it), and in grey when garbage was collected. It follows the timeline.').attr('id', 'memory');
  const peak = one => d3.max(one.points, p => p[1]);
  const shown = series.filter(x => x.name !== 'pages copied').sort((a, b) => peak(b) - peak(a)).slice(0, palette.length);
  const draw = () => {
    s.selectAll('.drawn').remove();
    const out = s.append('div').attr('class', 'drawn'), width = 1120, height = 220, left = 80;
    const name = x => (x.process ? x.process + ' ' : '') + x.name;
    legend(out, shown.map((x, i) => ({color: palette[i], text: `${name(x)}, at most ${bytes(peak(x))}`})));
    const svg = chart(out, width, height, 'memory over time');
    const t = d3.scaleLinear(timeline.domain, [left, width - 10]).clamp(true), y = d3.scaleLinear([0, d3.max(shown, peak)], [height - 24, 8]);
    svg.append('g').attr('class', 'axis').attr('transform', `translate(0,${height - 24})`).call(timeAxis(t, 8));
    svg.append('g').attr('class', 'axis').attr('transform', `translate(${left},0)`).call(d3.axisLeft(y).ticks(5).tickFormat(bytes));
    collections.forEach(c => tipOn(svg.append('rect').datum(c).attr('x', t(c.begin_ns)).attr('y', 8).attr('width', Math.max(1, t(c.begin_ns + c.ns) - t(c.begin_ns)))
      .attr('height', height - 32).attr('fill', css('soft')).attr('fill-opacity', 0.25),
    d => `${d.thread} collects generation ${d.generation}\nfor ${duration(d.ns)}, from ${duration(d.begin_ns)}; ${number(d.freed)} objects freed`));
    shown.forEach((x, i) => {
      const points = x.points.concat([[run.makespan_ns, x.points[x.points.length - 1][1]]]);
      svg.append('path').datum(points).attr('fill', 'none').attr('stroke', palette[i]).attr('stroke-width', 1.6)
        .attr('d', d3.line().x(p => t(p[0])).y(p => y(p[1])).curve(d3.curveStepAfter));
    });
    series.filter(x => x.name === 'pages copied').forEach(x => prose(out.append('p'),
      `\`${x.process}\` copied ${number(peak(x))} pages that it shared since a fork (${bytes(4096 * peak(x))}).`));
    s.selectAll('.worst').raise();
  };
  draw();
  redraws.push(draw);
  timeline.listeners.push(draw);
  if (!collections.length) return;
  const worst = s.append('div').attr('class', 'worst');
  worst.append('h3').text('The longest collections');
  worst.append('ol').attr('class', 'waits').selectAll('li').data(collections.slice(0, 10)).join('li').each(function (c) {
    const item = prose(d3.select(this), `${c.thread}, generation ${c.generation}: ${duration(c.ns)}, ${number(c.freed)} objects freed. `);
    item.append('button').text('show').on('click', () => {
      timeline.show(Math.max(0, c.begin_ns - c.ns * 0.3), c.begin_ns + c.ns * 1.3);
      timeline.canvas.scrollIntoView({block: 'center'});
    });
  });
}
