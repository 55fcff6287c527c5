// The timeline: what each thread, GIL and core did when. A canvas; where a pixel holds more than one slice, it shows what
// share of its time each state has, from sums that are kept every 64 slices. So a million slices cost what the pixels cost.
function unpack(timeline, makespan) {
  const raw = atob(timeline.packed);
  let at = 0;
  const next = () => {
    let value = 0, scale = 1;
    for (;;) {
      const byte = raw.charCodeAt(at++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  return timeline.lanes.map(lane => {
    const n = next(), begin = new Float64Array(n + 1), value = new Int32Array(n);
    let time = 0;
    for (let i = 0; i < n; ++i) {
      time += next();
      begin[i] = time;
      value[i] = next() - 1;
    }
    begin[n] = makespan;
    return {...lane, n, begin, value};
  });
}

class Sums {  // of the time per class, over any span
  constructor(lane, classOf, classes) {
    Object.assign(this, {lane, classOf, classes});
    this.kept = new Float64Array((Math.floor(lane.n / 64) + 1) * classes);
    const sum = new Float64Array(classes);
    for (let i = 0; i < lane.n; ++i) {
      if (i % 64 === 0) this.kept.set(sum, i / 64 * classes);
      const c = classOf(lane.value[i]);
      if (c >= 0) sum[c] += lane.begin[i + 1] - lane.begin[i];
    }
  }
  // Adds sign times the sums up to time t, which lies in slice i.
  upTo(t, i, sign, out) {
    const {lane, classes} = this, from = Math.floor(i / 64);
    for (let c = 0; c < classes; ++c) out[c] += sign * this.kept[from * classes + c];
    for (let k = from * 64; k <= i && k < lane.n; ++k) {
      const c = this.classOf(lane.value[k]);
      if (c >= 0) out[c] += sign * (Math.min(t, lane.begin[k + 1]) - lane.begin[k]);
    }
  }
}
const bisectLane = (lane, t) => Math.max(0, d3.bisectRight(lane.begin, t, 0, lane.n) - 1);

class Timeline {
  constructor(parent, run) {
    this.run = run;
    this.end = Math.max(1, run.makespan_ns);
    this.left = 150;
    this.row = 20;
    this.top = 24;
    const states = data.states.length;
    const group = name => name.replace(/[-_/]\d+$/, '');
    const groups = [...new Set(run.timeline.threads.map(group))];
    this.threadClass = v => v < 0 ? -1 : run.timeline.threads.length <= palette.length ? v : groups.indexOf(group(run.timeline.threads[v])) % palette.length;
    this.lanes = unpack(run.timeline, this.end).map(lane => {
      lane.sums = lane.kind === 'thread' ? new Sums(lane, v => v, states) : new Sums(lane, this.threadClass, palette.length);
      return lane;
    });
    const order = {gil: 0, thread: 1, core: 2};
    this.lanes.sort((a, b) => order[a.kind] - order[b.kind]);
    this.domain = [0, this.end];
    const box = parent.append('div').attr('class', 'scroll');
    this.canvas = box.append('canvas').attr('tabindex', 0).attr('role', 'img')
      .attr('aria-label', 'timeline; plus and minus zoom, arrows move, 0 shows all').node();
    this.size();
    this.zoom = d3.zoom().scaleExtent([1, Math.max(1, this.end / 200)]).extent([[this.left, 0], [this.width, this.height]])
      .translateExtent([[this.left, 0], [this.width, this.height]]).filter(() => true)
      .on('zoom', e => this.moved((e || d3.event).transform));
    d3.select(this.canvas).call(this.zoom).on('dblclick.zoom', null)
      .on('wheel.pass', null)
      .on('mousemove', e => this.hover(e instanceof Event ? e : d3.event)).on('mouseleave', hideTip)
      .on('keydown', e => this.key(e instanceof Event ? e : d3.event));
    this.draw();
  }
  size() {
    this.width = Math.max(400, this.canvas.parentNode.clientWidth - 2);
    this.height = this.top + this.lanes.length * this.row + 6;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = this.width * ratio;
    this.canvas.height = this.height * ratio;
    this.canvas.style.height = this.height + 'px';
    this.context = this.canvas.getContext('2d');
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.base = d3.scaleLinear([0, this.end], [this.left, this.width]);
  }
  moved(transform) {
    this.domain = transform.rescaleX(this.base).domain();
    if (!this.pending) this.pending = requestAnimationFrame(() => { this.pending = 0; this.draw(); });
    if (this.onmove) this.onmove(this.domain);
  }
  show(from, to) {  // zooms to a span
    const k = Math.min(this.end / Math.max(200, to - from), this.end / 200);
    const t = d3.zoomIdentity.translate(this.left, 0).scale(k).translate(-this.base(from), 0);
    d3.select(this.canvas).call(this.zoom.transform, t);
  }
  key(event) {
    const [a, b] = this.domain, span = b - a, middle = (a + b) / 2;
    const to = {'+': [middle - span / 3, middle + span / 3], '=': [middle - span / 3, middle + span / 3], 'w': [middle - span / 3, middle + span / 3],
      '-': [middle - span * .75, middle + span * .75], 's': [middle - span * .75, middle + span * .75],
      'ArrowLeft': [a - span / 5, b - span / 5], 'a': [a - span / 5, b - span / 5],
      'ArrowRight': [a + span / 5, b + span / 5], 'd': [a + span / 5, b + span / 5], '0': [0, this.end]}[event.key];
    if (!to) return;
    event.preventDefault();
    const wide = Math.min(this.end, to[1] - to[0]), from = Math.max(0, Math.min(this.end - wide, to[0]));
    this.show(from, from + wide);
  }
  colors() {
    this.stateColors = data.states.map(s => stateColor(s.name));
    this.ink = css('ink'), this.soft = css('soft'), this.line = css('line'), this.paper = css('paper');
  }
  draw() {
    this.colors();
    const g = this.context, x = d3.scaleLinear(this.domain, [this.left, this.width]);
    g.fillStyle = this.paper;
    g.fillRect(0, 0, this.width, this.height);
    g.font = '11.5px system-ui, "DejaVu Sans", sans-serif';
    const axis = timeAxis(x, 8), format = axis.tickFormat();
    axis.tickValues().forEach(t => {
      g.fillStyle = this.line;
      g.fillRect(x(t), this.top - 4, 1, this.height);
      g.fillStyle = this.soft;
      g.fillText(format(t), x(t) + 3, 14);
    });
    this.lanes.forEach((lane, i) => this.lane(g, lane, this.top + i * this.row, x));
    g.fillStyle = this.paper;
    g.fillRect(0, 0, this.left, this.height);
    g.fillStyle = this.ink;
    g.textAlign = 'right';
    this.lanes.forEach((lane, i) => g.fillText(lane.name.length > 22 ? lane.name.slice(0, 21) + '…' : lane.name, this.left - 8, this.top + i * this.row + 13));
    g.textAlign = 'left';
  }
  lane(g, lane, y, x) {
    const [a, b] = this.domain, from = bisectLane(lane, a), to = bisectLane(lane, b), high = this.row - 4;
    if (!lane.n) return;
    if (to - from > 2 * (this.width - this.left)) return this.dense(g, lane, y, a, b, high);
    const full = lane.kind !== 'thread';
    for (let i = from; i <= to; ++i) {
      const v = lane.value[i];
      if (v < 0) continue;
      const x0 = Math.max(this.left, x(lane.begin[i])), x1 = Math.min(this.width, x(lane.begin[i + 1]));
      if (x1 <= x0) continue;
      const short = !full && !data.states[v].on_core;
      g.fillStyle = full ? palette[this.threadClass(v)] : this.stateColors[v];
      g.fillRect(x0, y + (short ? 4 : 0), Math.max(0.5, x1 - x0), high - (short ? 8 : 0));
      if (full && x1 - x0 > 60) {
        g.fillStyle = '#fff';
        g.fillText(this.run.timeline.threads[v], x0 + 5, y + 12, x1 - x0 - 10);
      }
    }
  }
  // Columns of pixels, stacked by the share of each class, written straight into an image.
  dense(g, lane, y, a, b, high) {
    const pixels = Math.floor(this.width - this.left), step = (b - a) / pixels, sums = lane.sums;
    if (!this.strip || this.strip.width !== pixels) {
      this.strip = document.createElement('canvas');
      this.strip.width = pixels;
      this.strip.height = high;
    }
    const strip = this.strip.getContext('2d'), image = strip.createImageData(pixels, high), bits = new Uint32Array(image.data.buffer);
    const rgb = (lane.kind === 'thread' ? this.stateColors : palette).map(c => {
      const {r, g: green, b: blue} = d3.rgb(c);
      return (255 << 24 | blue << 16 | green << 8 | r) >>> 0;
    });
    let before = new Float64Array(sums.classes), now = new Float64Array(sums.classes);
    sums.upTo(a, bisectLane(lane, a), 1, before);
    for (let p = 0; p < pixels; ++p) {
      const t = a + (p + 1) * step;
      now.fill(0);
      sums.upTo(t, bisectLane(lane, t), 1, now);
      let at = 0;
      for (let c = 0; c < sums.classes; ++c) {
        const share = (now[c] - before[c]) / step, top = Math.min(high, at + high * share);
        for (let row = Math.round(at); row < Math.round(top); ++row) bits[(high - 1 - row) * pixels + p] = rgb[c];
        at = top;
      }
      [before, now] = [now, before];
    }
    strip.putImageData(image, 0, 0);
    g.drawImage(this.strip, this.left, y);
  }
  hover(event) {
    const box = this.canvas.getBoundingClientRect(), px = event.clientX - box.left, py = event.clientY - box.top;
    const lane = this.lanes[Math.floor((py - this.top) / this.row)];
    if (px < this.left || !lane || !lane.n) return hideTip();
    const t = d3.scaleLinear(this.domain, [this.left, this.width]).invert(px), i = bisectLane(lane, t), v = lane.value[i];
    const what = v < 0 ? 'nothing' : lane.kind === 'thread' ? `${stateText(data.states[v].name)}: ${data.states[v].about}` : this.run.timeline.threads[v];
    showTip(event, `${lane.name} at ${duration(t)}\n${what}\nfor ${duration(lane.begin[i + 1] - lane.begin[i])}, from ${duration(lane.begin[i])}`);
  }
}

function timelineSection(parent, run) {
  const s = section(parent, 'Timeline', 'Wheel or + and − zoom, drag or ← → move, 0 shows all. Working states fill a row, waiting ones are narrower. ' +
    'Where a pixel holds many slices, heights are shares of its time.');
  const used = new Set(Object.keys(run.activity.states_ns));
  const keys = s.append('div');
  const timeline = new Timeline(s, run);
  const label = s.append('p').attr('class', 'soft').attr('id', 'span');
  const tell = d => label.text(`shown: ${duration(d[0])} to ${duration(d[1])} (${duration(d[1] - d[0])})` +
    (run.timeline.grain_ns ? `; neighbours shorter than ${duration(run.timeline.grain_ns)} are merged` : ''));
  tell(timeline.domain);
  timeline.listeners = [tell];
  timeline.onmove = d => timeline.listeners.forEach(l => l(d));
  const draw = () => {
    keys.selectAll('*').remove();
    legend(keys, data.states.filter(st => used.has(st.name)).map(st => ({color: stateColor(st.name), text: stateText(st.name)})));
    timeline.draw();
  };
  draw();
  redraws.push(draw);
  addEventListener('resize', () => { timeline.size(); timeline.draw(); });
  return timeline;
}
