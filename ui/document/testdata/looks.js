// What is to be seen on a page, for the tests.
const shown = e => {
	const r = e.getBoundingClientRect();
	return r.width > 0 && r.height > 0 && getComputedStyle(e).visibility == "visible";
};
const scrolls = e => {
	for (; e && e != document.body; e = e.parentElement) {
		if (["auto", "scroll", "hidden"].includes(getComputedStyle(e).overflowX)) return true;
	}
	return false;
};
// What sticks out to the right of the window, and cannot be scrolled to by itself.
const sticksOut = () => [...document.querySelectorAll("body *")]
	.filter(e => shown(e) && !scrolls(e) && e.getBoundingClientRect().right > innerWidth + 1)
	.map(e => e.outerHTML.slice(0, 120));
const numbers = c => {
	const n = c.match(/[\d.]+/g).map(Number);
	return n.length > 3 ? n : [...n, 1];
};
const light = c => {
	const [r, g, b] = c.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
	return .2126 * r + .7152 * g + .0722 * b;
};
const contrast = (a, b) => {
	const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
	return (x + .05) / (y + .05);
};
const behind = e => {
	for (; e; e = e.parentElement) {
		const c = numbers(getComputedStyle(e).backgroundColor);
		if (c[3] == 1) return c;
	}
	return numbers(getComputedStyle(document.documentElement).backgroundColor);
};
// The papers that text of a picture may stand on: it is held against each.
const papers = () => ["--ground", "--band", "--box"].map(v => {
	const e = document.createElementNS("http://www.w3.org/1999/xhtml", "i");
	e.style.color = getComputedStyle(document.documentElement).getPropertyValue(v);
	document.documentElement.append(e);
	const c = numbers(getComputedStyle(e).color);
	e.remove();
	return c;
});
const texts = () => {
	const w = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT), out = [];
	for (let n; n = w.nextNode();) {
		const e = n.parentElement;
		if (n.data.trim() && shown(e) && !e.closest("style,title,desc")) out.push(n);
	}
	return out;
};
const faint = () => {
	const on = papers();
	return texts().map(n => {
		const e = n.parentElement, s = getComputedStyle(e);
		const worst = e.closest("svg") ? Math.min(...on.map(c => contrast(numbers(s.fill), c)))
			: contrast(numbers(s.color), behind(e));
		return {worst, says: worst.toFixed(2) + " " + n.data.trim().slice(0, 40)};
	}).filter(x => !(x.worst >= 4.5)).map(x => x.says);
};
// Texts of a picture that stand outside of it.
const outside = () => [...document.querySelectorAll("svg text")].filter(shown).filter(e => {
	const r = e.getBoundingClientRect(), s = e.ownerSVGElement.getBoundingClientRect();
	return r.left < s.left - 1 || r.right > s.right + 1 || r.top < s.top - 1 || r.bottom > s.bottom + 1;
}).map(e => e.textContent);
// Texts of a picture that lie over another one, or that stick out of the box on which they begin.
const over = () => {
	const all = [...document.querySelectorAll("svg text")].filter(shown).map(e => [e, e.getBoundingClientRect()]);
	const boxes = [...document.querySelectorAll("svg .card, svg .tint, svg .list")].map(e => e.getBoundingClientRect());
	const out = [];
	all.forEach(([e, r], i) => {
		for (const [f, s] of all.slice(i + 1)) {
			if (Math.min(r.right, s.right) - Math.max(r.left, s.left) > 1 &&
				Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top) > 5) out.push(e.textContent + " over " + f.textContent);
		}
		for (const b of boxes) {
			const mid = (r.top + r.bottom) / 2;
			if (mid > b.top && mid < b.bottom && r.left > b.left && r.left < b.right && (r.right > b.right || r.bottom > b.bottom + 1))
				out.push(e.textContent + " out of its box");
		}
	});
	return out;
};
