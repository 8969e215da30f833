// Crosshair, zoom by dragging, all again by a double click. The page is whole without it.
(() => {
  'use strict';
  const svg = document.getElementById('plots');
  const data = JSON.parse(document.getElementById('data').textContent);
  const axis = document.getElementById('axis'), whole = axis.innerHTML;
  const { left, right, bottom, until } = data, width = right - left;
  const steps = [1, 5, 10, 30, 60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
    172800, 432000, 864000, 1728000, 2592000, 5184000, 8640000];
  let from = 0, to = until, start = null;
  document.querySelector('.script').style.display = 'block';

  const make = (name, parent, set) => {
    const made = document.createElementNS(svg.namespaceURI, name);
    for (const key in set) made.setAttribute(key, set[key]);
    parent.appendChild(made);
    return made;
  };
  const drag = make('rect', svg, { id: 'drag', y: 42, height: bottom - 42, width: 0 });
  const cursor = make('g', svg, { id: 'cursor', visibility: 'hidden' });
  const line = make('line', cursor, { y1: 18, y2: bottom });
  const when = make('text', cursor, { y: 12, 'text-anchor': 'middle' });
  const dots = data.curves.map(curve => make('circle', cursor, { r: 3.5, class: curve.class }));
  const values = data.curves.map((_, i) => svg.querySelector(`[data-curve="${i}"]`));

  const two = number => String(number).padStart(2, '0');
  const clock = (s, fine) => two(Math.floor(s / 3600)) + ':' + two(Math.floor(s / 60) % 60) +
    (fine ? ':' + two(Math.floor(s) % 60) : '');
  const exact = s => (s >= 86400 ? Math.floor(s / 86400) + ' d ' : '') + clock(s % 86400, true);
  const label = (s, step) => {
    if (until > 259200) {
      const days = Math.floor(s / 86400) + ' d';
      return step >= 86400 ? days : days + ' ' + clock(s % 86400, step < 60);
    }
    return step >= 3600 ? s / 3600 + ' h' : clock(s, step < 60);
  };
  // Where the pointer is, in the drawing's own units.
  const place = event => {
    const box = svg.getBoundingClientRect();
    const x = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
    return Math.min(right, Math.max(left, x));
  };
  const time = x => from + (x - left) / width * (to - from);

  const show = () => {
    const scale = until / (to - from), shift = left - scale * (left + from / until * width);
    for (const group of svg.querySelectorAll('.zoom')) {
      group.setAttribute('transform', `matrix(${scale} 0 0 1 ${shift} 0)`);
    }
    if (scale === 1) { axis.innerHTML = whole; return; }
    axis.textContent = '';
    const step = steps.find(step => (to - from) / step <= width / 90) || steps[steps.length - 1];
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      const x = left + (at - from) / (to - from) * width;
      make('path', axis, { class: 'grid', d: `M${x} 42V${bottom + 5}` });
      make('text', axis, { class: 'tick', 'text-anchor': 'middle', x, y: bottom + 20 })
        .textContent = label(at, step);
    }
  };
  const point = x => {
    const at = time(x);
    cursor.setAttribute('visibility', 'visible');
    line.setAttribute('x1', x);
    line.setAttribute('x2', x);
    when.setAttribute('x', Math.min(right - 40, Math.max(left + 40, x)));
    when.textContent = exact(at);
    data.curves.forEach((curve, i) => {
      const index = Math.max(0, Math.ceil(at / curve.every) - 1);
      const value = curve.values[Math.min(index, curve.values.length - 1)];
      const [top, height, low, high] = curve.panel;
      const part = Math.min(1, Math.max(0, (value - low) / (high - low)));
      values[i].textContent = ' ' + value.toFixed(curve.digits);
      dots[i].setAttribute('cx', x);
      dots[i].setAttribute('cy', top + height * (1 - part));
    });
  };
  const leave = () => {
    cursor.setAttribute('visibility', 'hidden');
    values.forEach(value => { value.textContent = ''; });
  };

  svg.addEventListener('pointermove', event => {
    const x = place(event);
    point(x);
    if (start === null) return;
    drag.setAttribute('x', Math.min(start, x));
    drag.setAttribute('width', Math.abs(x - start));
  });
  svg.addEventListener('pointerleave', () => { if (start === null) leave(); });
  svg.addEventListener('pointerdown', event => {
    if (event.button !== 0) return;
    start = place(event);
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener('pointerup', event => {
    if (start === null) return;
    const [a, b] = [start, place(event)].sort((one, two) => one - two);
    start = null;
    drag.setAttribute('width', 0);
    if (b - a < 6 || time(b) - time(a) < Math.max(1, until / 2000)) return;
    [from, to] = [time(a), time(b)];
    show();
  });
  svg.addEventListener('pointercancel', () => { start = null; drag.setAttribute('width', 0); });
  svg.addEventListener('dblclick', () => { [from, to] = [0, until]; show(); });
})();
